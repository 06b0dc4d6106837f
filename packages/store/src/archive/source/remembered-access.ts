import type { RandomAccess } from "../container/container.js";

/** What is remembered at most. Bytes. */
const mostBytes = 8 * 1024 * 1024;

interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * The same bytes, of which those that {@link RandomAccess.read} gave are not fetched again: the end of a zip mostly holds
 * all of its directory, and each trip to a remote takes as long as many kilobytes.
 */
export function rememberedAccess(source: RandomAccess): RandomAccess {
  const pieces: Piece[] = [];
  let total = 0;
  const kept = (start: number, end: number): Uint8Array | undefined => {
    const piece = pieces.find((each) => each.start <= start && end <= each.start + each.bytes.length);
    return piece?.bytes.subarray(start - piece.start, end - piece.start);
  };
  return {
    size: source.size,
    read: async (start, end) => {
      const known = kept(start, end);
      if (known !== undefined) return known;
      const bytes = await source.read(start, end);
      pieces.push({ start, bytes });
      total += bytes.length;
      while (total > mostBytes) total -= pieces.shift()?.bytes.length ?? 0;
      return bytes;
    },
    stream: (start, end) => source.stream(start, end),
  };
}
