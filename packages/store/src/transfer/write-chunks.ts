import type { FileHandle } from "node:fs/promises";
import { checkSignal } from "../store/cancellation.js";
import { ChunkMemory } from "./chunk-memory.js";

/** Bytes that are gathered for one write. */
const batchBytes = 1024 * 1024;

/** What writing a stream of bytes to a file needs to know. */
export interface WriteChunksOptions {
  /** Turns what the disk throws into what callers see. */
  readonly failure: (error: unknown) => unknown;
  readonly signal: AbortSignal;
  /** What is going on, for the message of a cancellation. */
  readonly doing: string;
}

/**
 * Writes a stream to a file from its start: large writes, the next batch gathered while one is under way, never more
 * than two of them in memory. The chunks are this function's, which gives their memory back to where they come from.
 * @returns bytes written
 * @throws what the stream throws; what `failure` makes of the disk's errors; BENTO_CANCELLED
 */
export async function writeChunks(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  { failure, signal, doing }: WriteChunksOptions,
): Promise<number> {
  let position = 0;
  let batch: Uint8Array[] = [];
  let gathered = 0;
  let writing = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    writing = writeBatch(file, batch, position).catch((error: unknown) => Promise.reject(failure(error)));
    // Looked at before the next write, or at the end.
    writing.catch(() => {});
    position += gathered;
    batch = [];
    gathered = 0;
  };
  try {
    for await (const chunk of chunks) {
      checkSignal(signal, doing);
      batch.push(chunk);
      gathered += chunk.length;
      if (gathered >= batchBytes) await flush();
    }
    checkSignal(signal, doing);
    await flush();
  } finally {
    // The file is closed after this, which must not happen under a write.
    await writing.catch(() => {});
  }
  await writing;
  return position;
}

async function writeBatch(file: FileHandle, batch: readonly Uint8Array[], start: number): Promise<void> {
  const size = batch.reduce((total, chunk) => total + chunk.length, 0);
  if (size === 0) return;
  const { bytesWritten } = await file.writev(batch, start);
  if (bytesWritten < size) await writeRest(file, batch, start, bytesWritten);
  for (const chunk of batch) ChunkMemory.giveBack(chunk);
}

/** After a write that stopped in the middle: what is left, or the error that stopped it. */
async function writeRest(file: FileHandle, batch: readonly Uint8Array[], start: number, done: number): Promise<void> {
  let end = 0;
  let written = done;
  for (const chunk of batch) {
    const begin = end;
    end += chunk.length;
    while (written < end) written += (await file.write(chunk, written - begin, end - written, start + written)).bytesWritten;
  }
}
