import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ByteReader } from "./byte-reader.js";
import { type BlockSizes, paddingOf } from "./format.js";
import { damaged } from "../damage.js";
import { parseNumber, read32 } from "./parse.js";

/** The sizes of any number of blocks in constant memory, for comparison: a hostile stream may hold many millions. */
export class BlockSum {
  readonly #hash = createHash("sha256");
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add({ unpadded, uncompressed }: BlockSizes): void {
    this.#hash.update(`${unpadded},${uncompressed};`);
    this.#count += 1;
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}

/** An index has a first byte that no header of a block has. */
export const indexMark = 0;

/**
 * Reads the index of a stream, from its first byte on, and compares it with the blocks that were there.
 * @returns the bytes it takes
 * @throws BENTO_ARCHIVE_INVALID
 */
export async function readIndex(reader: ByteReader, blocks: BlockSum): Promise<number> {
  let crc = 0;
  let size = 0;
  const byte = (): number => {
    const bytes = reader.take(1);
    crc = crc32(bytes, crc);
    size += 1;
    return bytes[0] as number;
  };
  await reader.fill(1 + longestNumber);
  const number = (): number => parseNumber(() => (reader.length === 0 ? outOfBytes() : byte()));
  byte();
  if (number() !== blocks.count) throw doesNotFit();
  const named = new BlockSum();
  while (named.count < blocks.count) {
    await reader.fill(2 * longestNumber);
    named.add({ unpadded: number(), uncompressed: number() });
  }
  if (named.digest() !== blocks.digest()) throw doesNotFit();
  const padding = paddingOf(size);
  await reader.need(padding + 4);
  for (let rest = padding; rest > 0; rest -= 1) if (byte() !== 0) throw doesNotFit();
  if (read32(reader.take(4), 0) !== crc) throw doesNotFit();
  return size + 4;
}

/** Bytes of the longest number that is read. */
const longestNumber = 9;

function outOfBytes(): never {
  throw damaged("The xz archive is cut off: it ends in the middle of its index.");
}

function doesNotFit(): Error {
  return damaged("The xz archive is corrupted: its index does not fit its content.");
}
