import { ChunkMemory } from "../../transfer/chunk-memory.js";

/** Cuts a stream into blocks of exactly `size` bytes, the last one shorter. A block is copied only where it spans chunks. */
export function blocksOf(input: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array, void> {
  return cut(input, size, { copyAll: false });
}

/** The same, each block copied into a buffer of just its size, which can be moved to a thread. */
export function ownBlocksOf(input: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  return cut(input, size, { copyAll: true }) as AsyncGenerator<Uint8Array<ArrayBuffer>, void>;
}

async function* cut(
  input: AsyncIterable<Uint8Array>,
  size: number,
  { copyAll }: { readonly copyAll: boolean },
): AsyncGenerator<Uint8Array, void> {
  let block: Uint8Array | undefined;
  let filled = 0;
  for await (const chunk of input) {
    let start = 0;
    while (start < chunk.length) {
      if (!copyAll && filled === 0 && chunk.length - start >= size) {
        yield chunk.subarray(start, start + size);
        start += size;
        continue;
      }
      block ??= new Uint8Array(size);
      const count = Math.min(size - filled, chunk.length - start);
      block.set(chunk.subarray(start, start + count), filled);
      filled += count;
      start += count;
      if (filled === size) {
        yield block;
        block = undefined;
        filled = 0;
      }
    }
    if (copyAll) ChunkMemory.giveBack(chunk);
  }
  if (block !== undefined) yield copyAll ? block.slice(0, filled) : block.subarray(0, filled);
}

/**
 * Works on up to `atOnce` items at the same time and gives the results in the order of the items. Pulls the next item
 * only when there is room, and leaves nothing running behind when it ends, whichever way.
 */
export async function* mapInOrder<T, R>(input: AsyncIterable<T>, atOnce: number, work: (item: T) => Promise<R>): AsyncGenerator<R, void> {
  const items = input[Symbol.asyncIterator]();
  const running: Promise<R>[] = [];
  let isEnded = false;
  try {
    for (;;) {
      while (!isEnded && running.length < atOnce) {
        const next = await items.next();
        if (next.done) isEnded = true;
        else running.push(quiet(work(next.value)));
      }
      const first = running.shift();
      if (first === undefined) return;
      yield await first;
    }
  } finally {
    await Promise.allSettled(running);
    if (!isEnded) await items.return?.();
  }
}

/** A promise whose failure is looked at later. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
