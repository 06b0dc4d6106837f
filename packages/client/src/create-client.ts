import { BentoError, formatRequestTimeout, requestTimeoutHeader, reservedApiNames } from "@bento/core";
import { type Answer, Call } from "./call.js";
import { readAnswer } from "./answer.js";
import type { Client } from "./client-types.js";
import { type Connection, type Outgoing, placeOf, send, throwNetworkFailure, toBaseUrl, toHeaders } from "./connection.js";
import { Deadline } from "./deadline.js";
import {
  type CallOptions,
  checkSignal,
  checkTimeout,
  type ClientOptions,
  defaultTimeoutMs,
  type HeadersLike,
  priorityHeaders,
} from "./options.js";
import { toRequestBody } from "./request-body.js";
import { type EndpointInfo, findEndpoint, type RemoteService, type ServiceDocument, toRemoteService } from "./service-document.js";
import { schemaLoader } from "./service-schema.js";
import { endStream, resumeStream } from "./resume-stream.js";
import { streamItems } from "./stream-items.js";

/** What every call of a client shares. */
interface Session {
  readonly connection: Connection;
  readonly timeoutMs: number;
  /** What the servers are told of it: nothing, where nobody said how long to wait. */
  readonly toldTimeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly service: () => Promise<RemoteService>;
}

/**
 * A typed client of a service, from its class alone: no code is generated and nothing is sent before a call is awaited
 * or iterated.
 *
 * ```ts
 * import type { Digits } from "./service.js";
 * const client = createClient<Digits>("http://localhost:3000");
 * const labels = await client.classify({ images }, { timeoutMs: 5_000 });
 * ```
 *
 * Runs wherever `fetch` is. Every failure is a `BentoError`: the service's own, or BENTO_REMOTE_FAILED, BENTO_TIMEOUT and
 * BENTO_CANCELLED for what happens on the way. A method that the service does not have is BENTO_NOT_FOUND.
 *
 * @param url the service's, `http://localhost:3000`
 * @throws BENTO_CONFIG_INVALID for options that cannot work
 */
export function createClient<S>(url: string | URL, options: ClientOptions = {}): Client<S> {
  const baseUrl = toBaseUrl(url);
  const connection: Connection = {
    baseUrl,
    headers: toHeaders(options.token, priorityHeaders(options.priority), options.headers),
    fetch: options.fetch,
  };
  const limits = { timeoutMs: checkTimeout(options.timeoutMs, defaultTimeoutMs), signal: checkSignal(options.signal) };
  const given = options.schema && Promise.resolve(givenService(options.schema, baseUrl));
  const session: Session = {
    connection,
    ...limits,
    toldTimeoutMs: options.timeoutMs,
    service: given ? () => given : schemaLoader(connection, limits),
  };
  return clientProxy(session) as Client<S>;
}

function givenService(schema: ServiceDocument, baseUrl: string): RemoteService {
  const service = toRemoteService(schema, baseUrl);
  if (service) return service;
  throw new BentoError("BENTO_CONFIG_INVALID", "The option `schema` describes no Bento service.", {
    hint: `Pass what ${baseUrl}/schema.json answers, as an object, or leave it out.`,
  });
}

/**
 * The object whose every name is an endpoint, but for what JavaScript itself looks up on objects. What a debugger shows
 * is the target: the URL.
 */
function clientProxy(session: Session): object {
  const methods = new Map<string, (input?: unknown, options?: CallOptions) => Call>();
  return new Proxy(
    { url: session.connection.baseUrl },
    {
      get(target, key) {
        if (key === "endpoints") return new Call(key, async () => ({ value: (await session.service()).endpoints.map(({ info }) => info) }));
        if (typeof key === "symbol" || reservedApiNames.has(key)) return Reflect.get(target, key) as unknown;
        const method = methods.get(key) ?? ((input, options) => new Call(key, () => call(session, key, input, options)));
        methods.set(key, method);
        return method;
      },
      set: () => false,
      // Spreading or listing a client must not show the target's field as if it were an endpoint.
      ownKeys: () => [],
    },
  );
}

async function call(session: Session, member: string, input: unknown, options: CallOptions = {}): Promise<Answer> {
  const { connection } = session;
  const timeoutMs = checkTimeout(options.timeoutMs, session.timeoutMs);
  const deadline = new Deadline(`The call of "${member}" at ${connection.baseUrl}`, timeoutMs, [
    checkSignal(options.signal),
    session.signal,
  ]);
  let isOpen = false;
  try {
    deadline.signal.throwIfAborted();
    const service = await deadline.race(session.service());
    const endpoint = findEndpoint(service, member);
    const url = service.baseUrl + endpoint.info.route;
    const outgoing = toOutgoing(url, endpoint.info, input, { ...options, headers: headersOf(session, options) });
    const response = await send(connection, outgoing, deadline);
    const what = `POST ${placeOf(url)}`;
    if (!endpoint.info.stream) {
      const value = await deadline
        .race(readAnswer(response, endpoint))
        .catch((error: unknown) => throwNetworkFailure(what, deadline, error));
      return { value };
    }
    isOpen = true;
    deadline.stopTimer();
    const stream = { connection, outgoing, deadline, timeoutMs };
    let lastEventId: string | undefined;
    const items = streamItems(response, {
      endpoint,
      resume: (id, broken) => resumeStream(stream, id, broken),
      onEventId: (id) => (lastEventId = id),
    });
    return { items: guarded(items, what, deadline, () => lastEventId !== undefined && void endStream(stream, lastEventId)) };
  } finally {
    if (!isOpen) deadline.close();
  }
}

function toOutgoing(url: string, endpoint: EndpointInfo, input: unknown, options: CallOptions): Outgoing {
  const { body, headers } = toRequestBody(endpoint, input);
  const bodyHeaders = endpoint.stream ? { ...headers, accept: "text/event-stream" } : headers;
  return { method: "POST", url, headers: options.headers, bodyHeaders, body };
}

/** The headers of one call: with how urgent it is, and how long its caller waits, so that the server starts nothing that comes too late. */
function headersOf(session: Session, { timeoutMs = session.toldTimeoutMs, priority, headers }: CallOptions): HeadersLike | undefined {
  const told = timeoutMs === undefined ? undefined : formatRequestTimeout(timeoutMs);
  const timeout = told === undefined || session.connection.headers.has(requestTimeoutHeader) ? undefined : { [requestTimeoutHeader]: told };
  if (timeout === undefined && priority === undefined) return headers;
  return toHeaders(undefined, timeout, priorityHeaders(priority), headers);
}

/** The items, with failures on the way named; leaving the loop early ends the server's work too. */
async function* guarded(
  items: AsyncGenerator<unknown, void, void>,
  what: string,
  deadline: Deadline,
  onLeave: () => void,
): AsyncGenerator<unknown, void, void> {
  let isOver = false;
  try {
    for (let next = await deadline.race(items.next()); !next.done; next = await deadline.race(items.next())) yield next.value;
    isOver = true;
  } catch (error) {
    isOver = !deadline.signal.aborted;
    throwNetworkFailure(what, deadline, error);
  } finally {
    if (!isOver) onLeave();
    deadline.abandon();
    // Not awaited: a `fetch` that ignores its signal would keep the caller waiting for the next item.
    items.return().catch(() => undefined);
  }
}
