import { BentoError } from "@bento/core";
import { Writable } from "node:stream";
import { withSignal } from "../store/cancellation.js";

/** A stream that an archive can go to: a web stream, or one of Node. */
export type StreamTarget = WritableStream<Uint8Array> | NodeJS.WritableStream;

/** Whether a target is a stream, of this or another realm. */
export function isStreamTarget(target: unknown): target is StreamTarget {
  if (typeof target !== "object" || target === null) return false;
  return "getWriter" in target || ("write" in target && "end" in target);
}

const doing = "Writing to the stream";

/**
 * Writes a stream of bytes to another, and closes it: as fast as it takes them, nothing is sent ahead of what it asks
 * for. Every failure aborts it.
 * @throws BENTO_TRANSFER_FAILED when the target fails; BENTO_BAD_REQUEST when somebody else is writing to it; BENTO_CANCELLED; what the content throws
 */
export async function writeStreamTarget(target: StreamTarget, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const stream = "getWriter" in target ? target : (Writable.toWeb(target as Writable) as WritableStream<Uint8Array>);
  if (stream.locked) {
    throw new BentoError("BENTO_BAD_REQUEST", "The stream is already being written to by somebody else.", {
      hint: "Release its writer first.",
    });
  }
  const writer = stream.getWriter();
  // Its failures are met where a write waits; what comes after is nobody's.
  writer.closed.catch(() => {});
  writer.ready.catch(() => {});
  try {
    await streaming(withSignal(signal, doing, writer.ready));
    // Ready to take nothing: Node 20 would fail an assertion of its own on a write.
    if (writer.desiredSize === 0) throw new BentoError("BENTO_TRANSFER_FAILED", "The stream could not be written: it is closed already.");
    for await (const chunk of content) {
      writer.write(chunk).catch(() => {});
      await streaming(withSignal(signal, doing, writer.ready));
    }
    await streaming(withSignal(signal, doing, writer.close()));
  } catch (error) {
    // Not awaited: a sink that hangs in a write hangs in its abort as well.
    writer.abort(error).catch(() => {});
    throw error;
  }
}

async function streaming(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    if (BentoError.is(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BentoError("BENTO_TRANSFER_FAILED", `The stream could not be written: ${reason}`, { cause });
  }
}
