import { damaged } from "../damage.js";

/** A chunk of the LZMA2 filter, from its header. Bytes. */
export interface Lzma2Chunk {
  readonly header: number;
  /** What follows the header. */
  readonly payload: number;
  readonly content: number;
  readonly isStored: boolean;
}

const resetsDictionary = 0xe0;

/** How long the header is that starts with this byte; 1 for the end of the chunks. */
export function chunkHeaderBytes(control: number): number {
  if (control === 0) return 1;
  if (control <= 2) return 3;
  if (control < 0x80) throw damaged("The xz archive is corrupted: a chunk of it is of no known kind.");
  return control >= 0xc0 ? 6 : 5;
}

/**
 * The chunk whose header is there, or `undefined` for the end of the chunks.
 * @param byteAt the byte so far from the start of the header
 */
export function parseChunk(byteAt: (offset: number) => number, isFirst: boolean): Lzma2Chunk | undefined {
  const control = byteAt(0);
  const header = chunkHeaderBytes(control);
  if (control === 0) return undefined;
  if (isFirst && control !== 1 && control < resetsDictionary)
    throw damaged("The xz archive is corrupted: a block of it starts in the middle.");
  const low = (byteAt(1) << 8) | byteAt(2);
  if (control <= 2) return { header, payload: low + 1, content: low + 1, isStored: true };
  return { header, payload: ((byteAt(3) << 8) | byteAt(4)) + 1, content: (((control & 0x1f) << 16) | low) + 1, isStored: false };
}
