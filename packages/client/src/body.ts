import { countedStream, type OnProgress } from "./progress.js";

/** Who hears of a body while it is sent. */
export interface BodyWatch {
  /** Some of it has left. */
  moved(): void;
  /** What gives it has failed: it is not sent to its end. */
  fail(error: unknown): void;
  /** Told when its call is over, whether all of it has left or not. */
  onOver: (() => void) | undefined;
}

/** A body that is read as it is sent, and made anew each time it is. */
export interface StreamedBody {
  /** Bytes, where that is known before. */
  readonly sizeBytes: number | undefined;
  /** Whether it can be had once only, so that a request with it is sent once. */
  readonly isOnce: boolean;
  readonly open: (watch: BodyWatch) => ReadableStream<Uint8Array>;
}

/** What a request carries. */
export type Body = string | Blob | StreamedBody;

/** Whether a body can be sent once only. */
export function isOnce(body: Body | undefined): boolean {
  return isStreamed(body) && body.isOnce;
}

/** The fields of `fetch`'s options that carry a body. */
export function bodyInit(body: Body | undefined, onProgress: OnProgress | undefined, watch: BodyWatch): RequestInit {
  if (body === undefined) return { body: null };
  if (isStreamed(body)) {
    const stream = body.open(watch);
    return streamInit(onProgress === undefined ? stream : countedStream(stream, body.sizeBytes, onProgress));
  }
  if (onProgress === undefined) return { body };
  const blob = typeof body === "string" ? new Blob([body]) : body;
  return streamInit(countedStream(blob.stream(), blob.size, onProgress));
}

/** `duplex` is what `fetch` wants to be told with a stream; TypeScript's library does not have it yet. */
function streamInit(body: ReadableStream<Uint8Array>): RequestInit {
  return { body, duplex: "half" } as RequestInit;
}

function isStreamed(body: Body | undefined): body is StreamedBody {
  return typeof body === "object" && "open" in body;
}
