import { ChunkMemory } from "../../../transfer/chunk-memory.js";

/** A piece of something that is sent in pieces. */
export interface Part {
  /** From 0 on. */
  readonly index: number;
  /** Where it stands in the whole. */
  readonly start: number;
  /** As many as were asked for, fewer at the end; none only where the whole is empty. */
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/** The memory that parts are gathered in, used again when a part was sent: new memory from the system is slow. */
export class PartMemory {
  #free: Buffer[] = [];

  take(size: number): Buffer {
    const free = this.#free.pop();
    if (free?.length === size) return free;
    this.#free = [];
    return Buffer.allocUnsafeSlow(size);
  }

  /** A part that nobody looks at again. */
  giveBack({ bytes }: Part): void {
    // The last one is shorter than its memory, and nothing comes after it.
    this.#free.push(bytes);
  }
}

/**
 * Cuts a stream into parts of given sizes, which lie in memory so that they can be sent again. Those of a stream that
 * ends with a full part are no more than are needed.
 */
export async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
  sizeOf: (index: number) => number,
  memory: PartMemory,
): AsyncGenerator<Part, void, undefined> {
  let index = 0;
  let start = 0;
  let filled = 0;
  let bytes = memory.take(sizeOf(index));
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      if (filled === bytes.length) {
        yield { index, start, bytes, isLast: false };
        index += 1;
        start += filled;
        filled = 0;
        bytes = memory.take(sizeOf(index));
      }
      const taken = Math.min(bytes.length - filled, chunk.length - at);
      bytes.set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
    }
    ChunkMemory.giveBack(chunk);
  }
  yield { index, start, bytes: bytes.subarray(0, filled), isLast: true };
}
