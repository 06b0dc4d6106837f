import { Call } from "./call.js";
import type { CallOptions, ClientOptions } from "./options.js";
import { performCall } from "./perform-call.js";
import { isReady, type ReadyOptions, waitUntilReady } from "./readiness.js";
import type { EndpointInfo } from "./service-document.js";
import { openSession } from "./session.js";

/** A call whose types nobody knows: await it for the answer or all items, or iterate the items of a stream. */
export interface UntypedCall extends Promise<unknown>, AsyncIterable<unknown> {}

/** A client of a service that is known from what it says of itself alone. */
export interface UntypedClient {
  /** The service's URL. */
  readonly url: string;
  /** The service's name. */
  readonly name: string;
  /** What its author wrote about it. */
  readonly description: string | undefined;
  readonly endpoints: readonly EndpointInfo[];
  /**
   * Calls an endpoint by its name. Nothing is sent before the call is awaited or iterated.
   * @param input the arguments as an object, or the value itself where the endpoint's input is a root
   */
  call(name: string, input?: unknown, options?: CallOptions): UntypedCall;
  /** Whether the service takes calls now; `false` too where it cannot be reached within 5 seconds. */
  isReady(options?: ReadyOptions): Promise<boolean>;
  /** Resolves when the service takes calls. @throws BENTO_TIMEOUT after 60 seconds, or `timeoutMs` */
  waitUntilReady(options?: ReadyOptions): Promise<void>;
  /** Ends the calls that still run; none comes about any more: `await using zoo = await discover(...)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Asks a service what it offers, ours or one written in Python, for calling it without its types.
 *
 * ```ts
 * const zoo = await discover("http://localhost:3000");
 * for (const { name, input } of zoo.endpoints) console.log(name, input);
 * console.log(await zoo.call("greet", { who: "Bo" }));
 * ```
 *
 * @throws BENTO_REMOTE_FAILED when there is no service, or nothing that describes itself as one
 */
export async function discover(url: string | URL, options: ClientOptions = {}): Promise<UntypedClient> {
  const session = openSession(url, options);
  const { name, description, endpoints } = await session.service.load();
  return {
    url: session.connection.baseUrl,
    name,
    description,
    endpoints: endpoints.map(({ info }) => info),
    call: (member, input, callOptions) => new Call(member, () => performCall(session, member, input, callOptions)),
    isReady: (readyOptions) => isReady(session, readyOptions),
    waitUntilReady: (readyOptions) => waitUntilReady(session, readyOptions),
    [Symbol.asyncDispose]: session.close,
  };
}
