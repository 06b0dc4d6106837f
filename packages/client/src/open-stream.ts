import { type Outgoing, placeOf, throwNetworkFailure } from "./connection.js";
import type { Deadline } from "./deadline.js";
import type { WatchedRequest } from "./hooks.js";
import type { ReadyCall } from "./perform-call.js";
import { endStream, resumeStream } from "./resume-stream.js";
import { streamItems } from "./stream-items.js";

/**
 * The items of a call whose answer is a stream. Loaded with the first of them.
 * @param outgoing the request that it began with
 */
export function openStream(
  { session, endpoint, deadline, timeoutMs }: ReadyCall,
  outgoing: Outgoing,
  response: Response,
  watched: WatchedRequest,
): AsyncGenerator<unknown, void, void> {
  deadline.stopTimer();
  const stream = { connection: session.connection, outgoing, deadline, timeoutMs };
  let lastEventId: string | undefined;
  const items = streamItems(response, {
    endpoint,
    mostBytes: session.mostBytes,
    resume: (id, broken, vain) => resumeStream(stream, id, broken, vain),
    onEventId: (id) => (lastEventId = id),
  });
  return guarded(items, `POST ${placeOf(outgoing.url)}`, deadline, (isOver, error) => {
    watched.end(error);
    if (!isOver && lastEventId !== undefined) void endStream(stream, lastEventId);
  });
}

/** The items, with failures on the way named; leaving the loop early ends the server's work too. */
async function* guarded(
  items: AsyncGenerator<unknown, void, void>,
  what: string,
  deadline: Deadline,
  onEnd: (isOver: boolean, error: unknown) => void,
): AsyncGenerator<unknown, void, void> {
  let isOver = false;
  let failure: unknown;
  try {
    for (let next = await deadline.race(items.next()); !next.done; next = await deadline.race(items.next())) yield next.value;
    isOver = true;
  } catch (error) {
    isOver = !deadline.signal.aborted;
    failure = error;
    throwNetworkFailure(what, deadline, error);
  } finally {
    onEnd(isOver, failure);
    deadline.abandon();
    // Not awaited: a `fetch` that ignores its signal would keep the caller waiting for the next item.
    items.return().catch(() => undefined);
  }
}
