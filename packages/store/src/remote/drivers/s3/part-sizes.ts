const MiB = 1024 * 1024;

/** @source Amazon S3 user guide, "Amazon S3 multipart upload limits" */
export const smallestPart = 5 * MiB;
export const largestPart = 5 * 1024 * MiB;
export const mostParts = 10_000;

/** How large parts are to begin with. */
const usual = 8 * MiB;
/** Where the size is not known: how large parts get at most, and what part of all that went before one they are. */
const largestGrown = 1280 * MiB;
const growth = 1 / 1000;
/** What the parts that are under way may take of the memory, where one does not take more alone. */
const memoryBytes = 56 * MiB;

/**
 * How large each part is, to be asked for one after the other: {@link mostParts} are enough for 5 TiB and more, also
 * where only the end tells how much there is. Parts of a known size are all alike, as some servers want them. Others
 * grow once they are more than a thousand, by what went before them, so that what is small needs little memory.
 */
export function partSizes(size: number | undefined, asked: number = usual): () => number {
  if (size !== undefined) {
    // What fits into one part needs no more memory than it has bytes.
    const alike = size <= asked ? Math.max(size, 1) : Math.max(asked, wholeMiB(size / mostParts));
    return () => alike;
  }
  let before = 0;
  return () => {
    const next = Math.max(asked, Math.min(largestGrown, wholeMiB(before * growth)));
    before += next;
    return next;
  };
}

/** How many parts of a size are in memory at the same time, the one that is being filled with them. */
export function partsAtOnce(partSize: number): number {
  return Math.max(1, Math.floor(memoryBytes / partSize));
}

function wholeMiB(bytes: number): number {
  return Math.ceil(bytes / MiB) * MiB;
}
