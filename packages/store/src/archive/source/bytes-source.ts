import { BentoError } from "@bento/core";
import { checkSignal } from "../../store/cancellation.js";
import type { RandomAccess } from "../container/container.js";
import type { ByteSource } from "./byte-source.js";

const chunkBytes = 1024 * 1024;

/** Bytes that are in memory, or that a `Blob` stands for. */
export function bytesSource(source: Uint8Array | Blob, signal: AbortSignal): ByteSource {
  const blob = source instanceof Blob ? source : undefined;
  const whole = source instanceof Blob ? undefined : source;
  const size = blob?.size ?? (whole as Uint8Array).length;
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    checkSignal(signal, "Reading the bytes");
    if (whole !== undefined) return whole.subarray(start, end);
    try {
      return new Uint8Array(await (blob as Blob).slice(start, end).arrayBuffer());
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new BentoError("BENTO_TRANSFER_FAILED", `The blob cannot be read: ${reason}`, {
        hint: "If it stands for a file, that file must not change.",
        cause,
      });
    }
  };
  async function* stream(start: number, end: number): AsyncGenerator<Uint8Array, void> {
    const last = Math.min(end, size);
    for (let position = start; position < last; position += chunkBytes) yield await read(position, Math.min(position + chunkBytes, last));
  }
  const random: RandomAccess = { size, read, stream };
  return {
    kind: "bytes",
    name: blob === undefined ? "the bytes" : "the blob",
    path: blob === undefined ? undefined : nameOf(blob),
    size,
    head: (count) => read(0, count),
    stream: () => stream(0, size),
    random: () => Promise.resolve(random),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A `File` knows its name. */
function nameOf(blob: Blob): string | undefined {
  return "name" in blob && typeof blob.name === "string" ? blob.name : undefined;
}
