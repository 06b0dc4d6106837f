/** So long Node's own `fetch` waits for the head of an answer, and for each further piece of it. Milliseconds. */
const platformMs = 300_000;

/** What `fetch` of Node hands its requests to. */
interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean;
}

/** Where undici, which Node's `fetch` is made of, keeps it for all its copies. */
const dispatcherKey = Symbol.for("undici.globalDispatcher.1");

/**
 * Has Node's `fetch` leave it to the call how long it takes: by itself it gives up after five minutes, although a service
 * may say that it takes an hour. Other platforms have no such limit, and know nothing of this.
 *
 * @param isStream whether items come one by one, with no deadline: then a connection that is silent for long counts as dead
 */
export function patientInit(leftMs: number, isStream: boolean): RequestInit {
  const dispatcher = leftMs < platformMs ? undefined : (globalThis as { [dispatcherKey]?: Dispatcher })[dispatcherKey];
  if (dispatcher === undefined) return {};
  const limits = isStream ? { headersTimeout: 0 } : { headersTimeout: 0, bodyTimeout: 0 };
  const patient: Dispatcher = { dispatch: (options, handler) => dispatcher.dispatch({ ...options, ...limits }, handler) };
  return { dispatcher: patient } as RequestInit;
}
