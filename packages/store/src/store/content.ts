import { BentoError } from "@bento/core";
import { cancellation, checkSignal, withSignal } from "./cancellation.js";
import { endSource } from "./end-source.js";
import type { FileContent } from "./model-store.js";
import { webStreamIterator } from "./web-stream-iterator.js";

/** Pieces in which a large array is passed on, so that a signal is noticed between them. */
const pieceBytes = 1024 * 1024;

/**
 * The bytes of what a caller gave as a file's content, piece by piece; nothing is read ahead.
 *
 * An aborted signal ends it at once, also while the source hangs; the source is told to stop.
 * @throws BENTO_MODEL_INVALID for what cannot be content, BENTO_CANCELLED, and whatever the source throws
 */
export async function* chunksOf(content: FileContent, path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  checkSignal(signal, writing(path));
  const whole = wholeBytes(content);
  if (whole !== undefined) {
    for (let start = 0; start < whole.length; start += pieceBytes) {
      checkSignal(signal, writing(path));
      yield whole.subarray(start, start + pieceBytes);
    }
    return;
  }
  const source = iteratorOf(content, path);
  let finished = false;
  try {
    for (;;) {
      const next = await withSignal(signal, writing(path), Promise.resolve(source.next()));
      if (next.done) break;
      if (!(next.value instanceof Uint8Array)) throw notContent(path, `a piece of it is ${kindOf(next.value)}`);
      yield* pieces(next.value);
    }
    finished = true;
  } finally {
    if (!finished) endSource(content, source);
  }
  if (signal?.aborted) throw cancellation(signal, writing(path));
}

function* pieces(chunk: Uint8Array): Generator<Uint8Array, void> {
  for (let start = 0; start < chunk.length; start += pieceBytes) yield chunk.subarray(start, start + pieceBytes);
}

function wholeBytes(content: FileContent): Uint8Array | undefined {
  if (typeof content === "string") return new TextEncoder().encode(content);
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  return undefined;
}

function iteratorOf(content: unknown, path: string): AsyncIterator<unknown> | Iterator<unknown> {
  const source = content instanceof Blob ? content.stream() : content;
  if (source instanceof ReadableStream) {
    return webStreamIterator(source, () => notContent(path, "the stream is already being read by somebody else"));
  }
  if (typeof source === "object" && source !== null) {
    if (Symbol.asyncIterator in source) return (source as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    if (Symbol.iterator in source) return (source as Iterable<unknown>)[Symbol.iterator]();
  }
  throw notContent(path, `it is ${kindOf(content)}`);
}

function notContent(path: string, why: string): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", `The content of ${JSON.stringify(path)} cannot be written: ${why}.`, {
    hint: "Give a string, a Uint8Array, an ArrayBuffer, a Blob, or a stream or iterable of Uint8Array.",
  });
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? `a ${value.constructor?.name ?? "object"}` : `a value of type ${typeof value}`;
}

function writing(path: string): string {
  return `Writing ${JSON.stringify(path)}`;
}
