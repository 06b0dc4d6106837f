const MiB = 1024 * 1024;

/** How many blocks a blob has at most. @source Azure: Put Block List */
export const mostBlocks = 50_000;
/** @source Azure: Put Block, from version 2019-12-12 on */
export const largestBlock = 4000 * MiB;
/** 190.7 TiB. */
export const largestBlob = mostBlocks * largestBlock;
/** Small enough that several fit into memory, large enough that the answer of each is not waited for long. */
const usualBlock = 8 * MiB;
/** After how many blocks of a blob of unknown size they double. */
const doublesAfter = 2500;
/** What the blocks that are under way may take of the memory, where they are not larger by themselves. */
const memoryBytes = 48 * MiB;

/**
 * The size of each block of a blob, by its index. Where the size is not known the blocks grow with what was sent: 8 MiB
 * up to 20 GiB, never more than a thousandth of what went before plus that, and 114 TiB in all.
 */
export function blockSizes(size: number | undefined): (index: number) => number {
  if (size === undefined) return growing;
  const even = Math.ceil(size / mostBlocks / MiB) * MiB;
  // What fits into one block needs no more memory than it has bytes.
  const each = size <= usualBlock ? Math.max(size, 1) : Math.min(Math.max(even, usualBlock), largestBlock);
  return () => each;
}

function growing(index: number): number {
  return Math.min(usualBlock * 2 ** Math.floor(index / doublesAfter), largestBlock);
}

/** How many blocks of a size are sent at the same time. */
export function lanesFor(blockSize: number): number {
  return Math.max(1, Math.min(6, Math.floor(memoryBytes / blockSize)));
}
