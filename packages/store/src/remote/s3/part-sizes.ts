const MiB = 1024 * 1024;

/** @source Amazon S3 user guide, "Amazon S3 multipart upload limits" */
export const smallestPart = 5 * MiB;
export const largestPart = 5 * 1024 * MiB;
export const mostParts = 10_000;

/** How large parts are to begin with. */
const usual = 8 * MiB;
/** Where the size is not known, how large parts get at most, and how many of its size have gone before one. */
const largestGrown = 1024 * MiB;
const before = 1000;

/**
 * How large the next part is, when so many bytes have gone before: so that {@link mostParts} are enough, also where only
 * the end tells how much there is. Parts of a known size are all alike, as some servers want them.
 * Others grow once they are more than a thousand: a part is a thousandth of what went before it, so that small uploads
 * need little memory, and 5 TiB fit.
 */
export function partSizes(size: number | undefined, asked: number = usual): (sent: number) => number {
  if (size !== undefined) {
    const alike = Math.max(asked, wholeMiB(size / mostParts));
    return () => alike;
  }
  return (sent) => Math.max(asked, Math.min(largestGrown, wholeMiB(sent / before)));
}

function wholeMiB(bytes: number): number {
  return Math.ceil(bytes / MiB) * MiB;
}
