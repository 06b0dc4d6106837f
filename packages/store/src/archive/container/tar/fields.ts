/** Bytes of a header, and the unit in which a tar is laid out. */
export const blockBytes = 512;

/** The largest size that eleven octal digits hold; a larger one needs PAX or GNU's base 256. */
export const maxOctalSize = 8 ** 11 - 1;

/** Where the fields of a header lie (POSIX.1-2001, `ustar`), as start and length in bytes. */
export const fields = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  target: [157, 100],
  magic: [257, 8],
  devices: [329, 16],
  prefix: [345, 155],
} as const satisfies Record<string, Field>;

export type Field = readonly [start: number, length: number];

/** Bytes up to the next whole block. */
export function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/**
 * A number of a header: octal digits between blanks, or GNU's base 256. An empty field is 0, as every tar reads it.
 * @returns nothing for what is no whole number from 0 to 2^53-1
 */
export function numberIn(block: Uint8Array, [start, length]: Field): number | undefined {
  const end = start + length;
  if ((block[start] as number) >= 0x80) return base256(block, start, end);
  let at = start;
  while (at < end && block[at] === 0x20) at += 1;
  let value = 0;
  for (; at < end; at += 1) {
    const digit = (block[at] as number) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  for (; at < end; at += 1) if (block[at] !== 0 && block[at] !== 0x20) return undefined;
  return value;
}

/** Positive numbers start with 0x80; every other first byte is negative or beyond 2^53. */
function base256(block: Uint8Array, start: number, end: number): number | undefined {
  if (block[start] !== 0x80) return undefined;
  let value = 0;
  for (let at = start + 1; at < end; at += 1) {
    value = value * 256 + (block[at] as number);
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return value;
}

/** A text field without the NULs that fill it up. */
export function bytesIn(block: Uint8Array, [start, length]: Field): Uint8Array {
  let end = start + length;
  while (end > start && block[end - 1] === 0) end -= 1;
  return block.subarray(start, end);
}

/** The sum that a header must have written down: of all its bytes, the checksum's own taken as blanks. */
export function checksumOf(block: Uint8Array): number {
  const [start, length] = fields.checksum;
  let [a, b, c, d] = [length * 0x20, 0, 0, 0];
  // Four sums side by side take half the time of one, and this is the largest share of reading a small file.
  for (let at = 0; at < blockBytes; at += 4) {
    a += block[at] as number;
    b += block[at + 1] as number;
    c += block[at + 2] as number;
    d += block[at + 3] as number;
  }
  for (let at = start; at < start + length; at += 1) a -= block[at] as number;
  return a + b + c + d;
}

/** Whether there is nothing but NULs: what the end of a tar and its filling are made of. */
export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== 0) return false;
  return true;
}
