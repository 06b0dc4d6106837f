import { BentoError, formatRequestTimeout, requestTimeoutHeader } from "@bento/core";
import { readAnswer } from "./answer.js";
import { boundedAnswer } from "./bounded-answer.js";
import { isOnce } from "./body.js";
import type { Answer } from "./call.js";
import { type Outgoing, placeOf, send, throwNetworkFailure, toHeaders } from "./connection.js";
import { Deadline } from "./deadline.js";
import type { OnFileRead } from "./ending-stream.js";
import { fillRoute } from "./fill-route.js";
import { WatchedRequest } from "./hooks.js";
import { type CallOptions, checkSignal, checkTimeout, defaultTimeoutMs, priorityHeaders } from "./options.js";
import { countedResponse } from "./progress.js";
import { toRequestBody } from "./request-body.js";
import { withRetries } from "./retries.js";
import { checkRetries } from "./retry-rule.js";
import { type Endpoint, findEndpoint, type RemoteService } from "./service-document.js";
import type { Session } from "./session.js";
import { branchesOf, branchOf, tensorsType } from "./wire-kinds.js";

/** One call, from when its endpoint is known. */
export interface ReadyCall {
  readonly session: Session;
  readonly service: RemoteService;
  readonly endpoint: Endpoint;
  readonly options: CallOptions;
  readonly deadline: Deadline;
  /** Milliseconds that it may take. */
  readonly timeoutMs: number;
}

/**
 * Calls an endpoint: finds it, sends the input, and reads the answer or opens its stream.
 * @throws the service's own errors, and those of the way: BENTO_REMOTE_FAILED, BENTO_TIMEOUT, BENTO_CANCELLED
 */
export async function performCall(session: Session, member: string, input: unknown, options: CallOptions = {}): Promise<Answer> {
  const { connection, service: source } = session;
  const given = options.timeoutMs ?? session.timeoutMs;
  const deadline = new Deadline(`The call of "${member}" at ${connection.baseUrl}`, checkTimeout(given, defaultTimeoutMs), [
    checkSignal(options.signal),
    ...session.signals,
  ]);
  let isOpen = false;
  try {
    deadline.signal.throwIfAborted();
    const service = await deadline.race(source.load());
    const endpoint = findEndpoint(service, member);
    const timeoutMs = given ?? service.timeoutMs ?? defaultTimeoutMs;
    if (given === undefined) deadline.restartTimer(timeoutMs);
    const answer = await sendInput({ session, service, endpoint, options, deadline, timeoutMs }, input);
    isOpen = "items" in answer || answer.isOpen === true;
    return answer;
  } catch (error) {
    // A service that was started anew may have moved its routes: the next call looks.
    if (BentoError.is(error, "BENTO_ROUTE_NOT_FOUND")) source.forget();
    throw error;
  } finally {
    if (!isOpen) deadline.close();
  }
}

async function sendInput(ready: ReadyCall, input: unknown): Promise<Answer> {
  const { session, service, endpoint, options, deadline } = ready;
  const { info } = endpoint;
  const url = service.baseUrl + fillRoute(info.route, options.params);
  const { body, headers } = await deadline.race(toRequestBody(endpoint, input, service.accepts));
  const accept = acceptOf(endpoint, service);
  const bodyHeaders = accept === undefined ? headers : { ...headers, accept };
  const { onUploadProgress, idempotent = session.retry.isIdempotent } = options;
  const isIdempotent = idempotent || toHeaders(undefined, session.connection.headers, options.headers).has("idempotency-key");
  const retries = isOnce(body) ? 0 : checkRetries(options.retries, session.retry.retries);
  session.retry.budget.earn();
  const streams = info.stream ? await deadline.race(import("./open-stream.js")) : undefined;
  return withRetries({ retries, isIdempotent, budget: session.retry.budget }, deadline, async (attempt) => {
    const own = headersOf(ready, attempt);
    const watched = new WatchedRequest(session.hooks, {
      service: service.name,
      endpoint: info.name,
      method: "POST",
      url: placeOf(url),
      attempt,
      headers: own,
    });
    const onResponse = (response: Response): void => watched.responded(response);
    const outgoing: Outgoing = { method: "POST", url, headers: own, bodyHeaders, body, onUploadProgress, onResponse };
    try {
      const response = await send(session.connection, outgoing, deadline);
      if (streams) return { items: streams.openStream(ready, outgoing, response, watched) };
      const onFileRead = options.streamFile === true && mayBeFile(endpoint) ? onReadOf(watched, deadline, placeOf(url)) : undefined;
      // What is read as it comes takes no memory; JSON in place of a file does.
      const isStreamed = onFileRead !== undefined && !/json/i.test(response.headers.get("content-type") ?? "");
      const bounded = isStreamed ? response : boundedAnswer(response, session.mostBytes, `The answer of "${info.name}"`);
      const value = await deadline
        .race(readAnswer(countedResponse(bounded, options.onDownloadProgress), endpoint, onFileRead))
        .catch((error: unknown) => throwNetworkFailure(`POST ${placeOf(url)}`, deadline, error));
      if (onFileRead && typeof value === "object" && value !== null) {
        deadline.stopTimer();
        return { value, isOpen: true };
      }
      watched.end();
      return { value };
    } catch (error) {
      watched.end(error);
      throw error;
    }
  });
}

/** What is done when a file was read that is given before all of it is there. */
function onReadOf(watched: WatchedRequest, deadline: Deadline, place: string): OnFileRead {
  return (failure) => {
    try {
      if (failure !== undefined) throwNetworkFailure(`POST ${place}`, deadline, failure);
      watched.end();
    } catch (error) {
      watched.end(error);
      throw error;
    } finally {
      deadline.close();
    }
  };
}

/** Whether the whole answer may be a file, alone or in a union. */
function mayBeFile({ info: { output } }: Endpoint): boolean {
  return branchOf(branchesOf(output, output), "file") !== undefined;
}

/** What the answer may be, where that is more than JSON. */
function acceptOf({ info, hasTensorsOut }: Endpoint, { accepts }: RemoteService): string | undefined {
  if (info.stream) return "text/event-stream";
  return hasTensorsOut && accepts.has(tensorsType) ? `${tensorsType}, application/json;q=0.9, */*;q=0.1` : undefined;
}

/** The headers of one try: with how urgent the call is, and how long its caller still waits, so that the server starts nothing that comes too late. */
function headersOf({ session, options, deadline }: ReadyCall, attempt: number): Headers {
  const given = options.timeoutMs ?? session.timeoutMs;
  const leftMs = given === undefined || attempt === 1 ? given : Math.max(1, deadline.leftMs);
  const told = leftMs === undefined || session.connection.headers.has(requestTimeoutHeader) ? undefined : formatRequestTimeout(leftMs);
  const timeout = told === undefined ? undefined : { [requestTimeoutHeader]: told };
  return toHeaders(undefined, timeout, priorityHeaders(options.priority), options.headers);
}
