import { BentoError } from "@bento/core";
import { type Connection, type Outgoing, send } from "./connection.js";
import { Deadline } from "./deadline.js";

/** Pauses before each try to resume a stream. Milliseconds; a server that starts anew needs about as long. */
const pausesMs = [0, 100, 300, 1000, 3000];

/** Milliseconds for telling a service that nobody wants more. */
const endTimeoutMs = 5000;

/** What the answer to a try may be that another try can change: nothing, or somebody between who does not reach it. */
const passing: ReadonlySet<number> = new Set([502, 503, 504]);

/** One stream, as far as it is to be asked for again. */
export interface ResumableStream {
  readonly connection: Connection;
  /** The request that it began with. */
  readonly outgoing: Outgoing;
  /** Of the whole call. */
  readonly deadline: Deadline;
  /** Milliseconds that each try may take. */
  readonly timeoutMs: number;
}

/**
 * The rest of a stream after an event, tried a few times.
 * @param vain how many tries before have led to nothing
 * @throws what the service answered, BENTO_STREAM_GONE when it has nothing left; `broken` when it cannot be reached
 */
export async function resumeStream(stream: ResumableStream, lastEventId: string, broken: unknown, vain: number): Promise<Response> {
  for (const pauseMs of pausesMs.slice(vain)) {
    await stream.deadline.pause(pauseMs);
    try {
      return await tryOnce(stream, lastEventId);
    } catch (error) {
      stream.deadline.signal.throwIfAborted();
      if (isFinal(error)) throw error;
    }
  }
  throw broken;
}

/**
 * Lets the service know that nobody wants more of a stream, which it would else keep for a while. Tried a few times: the
 * connection may be what broke.
 */
export async function endStream({ connection, outgoing }: ResumableStream, lastEventId: string): Promise<void> {
  const { url, headers } = outgoing;
  const leaving: Outgoing = { method: "DELETE", url, headers, bodyHeaders: { "last-event-id": lastEventId }, body: undefined };
  const deadline = new Deadline("The end of a stream", endTimeoutMs, []);
  try {
    for (const pauseMs of pausesMs) {
      await deadline.pause(pauseMs);
      if (await send(connection, leaving, deadline).then(() => true, isFinal)) return;
    }
  } catch {
    // Its time is over: the stream ends by itself, only later.
  } finally {
    deadline.close();
  }
}

function isFinal(error: unknown): boolean {
  return BentoError.is(error) && !passing.has(error.status);
}

async function tryOnce({ connection, outgoing, deadline, timeoutMs }: ResumableStream, lastEventId: string): Promise<Response> {
  const attempt = new Deadline("The rest of a stream", timeoutMs, [deadline.signal]);
  const { url, headers } = outgoing;
  const bodyHeaders = { accept: "text/event-stream", "last-event-id": lastEventId };
  try {
    const response = await send(connection, { method: "POST", url, headers, bodyHeaders, body: undefined }, attempt);
    attempt.stopTimer();
    return response;
  } catch (error) {
    attempt.close();
    throw error;
  }
}
