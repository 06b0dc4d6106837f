import { crc32 } from "node:zlib";

/** The six bytes that every stream starts with. */
export const streamMagic = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00);
/** The two bytes that every stream ends with. */
export const footerMagic = Uint8Array.of(0x59, 0x5a);
/** Bytes of a stream's header, and of its footer. */
export const streamHeaderBytes = 12;

/** The checks of a block's content by their number in the format, and the bytes each takes. */
export const checkBytes: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 4],
  [4, 8],
  [10, 32],
]);
export const checkNone = 0;
export const checkCrc32 = 1;
export const checkSha256 = 10;

/** The number of the LZMA2 filter. */
export const filterLzma2 = 0x21;
/** The largest content of a stored LZMA2 chunk. */
export const storedChunkBytes = 1 << 16;
/** The header of a stored LZMA2 chunk: its control byte and its size less one. */
export const storedChunkHeaderBytes = 3;

export function littleEndian32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** How many zeros follow `size` bytes up to a multiple of four. */
export function paddingOf(size: number): number {
  return -size & 3;
}

/** A number in the format's own form: seven bits a byte, low ones first. */
function variableLength(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

export function streamHeader(check: number): Uint8Array {
  const flags = Uint8Array.of(0, check);
  return Uint8Array.of(...streamMagic, ...flags, ...littleEndian32(crc32(flags)));
}

export function streamFooter(check: number, indexBytes: number): Uint8Array {
  const body = Uint8Array.of(...littleEndian32(indexBytes / 4 - 1), 0, check);
  return Uint8Array.of(...littleEndian32(crc32(body)), ...body, ...footerMagic);
}

/** The header of a block with the LZMA2 filter alone, which names both sizes, so that readers can work on blocks side by side. */
export function blockHeader(compressedBytes: number, uncompressedBytes: number, dictionaryCode: number): Uint8Array {
  const sizesGiven = 0xc0;
  const body = [sizesGiven, ...variableLength(compressedBytes), ...variableLength(uncompressedBytes), filterLzma2, 1, dictionaryCode];
  const bytes = Uint8Array.of(0, ...body, ...zeros(paddingOf(1 + body.length)));
  bytes[0] = bytes.length / 4;
  return Uint8Array.of(...bytes, ...littleEndian32(crc32(bytes)));
}

/** The index of a stream: of each block the bytes it takes without padding, and those of its content. */
export function streamIndex(blocks: readonly BlockSizes[]): Uint8Array {
  const body = [0, ...variableLength(blocks.length)];
  for (const { unpadded, uncompressed } of blocks) body.push(...variableLength(unpadded), ...variableLength(uncompressed));
  const bytes = Uint8Array.from([...body, ...zeros(paddingOf(body.length))]);
  const whole = new Uint8Array(bytes.length + 4);
  whole.set(bytes);
  whole.set(littleEndian32(crc32(bytes)), bytes.length);
  return whole;
}

/** What the index of a stream holds of one block. Bytes. */
export interface BlockSizes {
  /** Header, compressed content and check. */
  readonly unpadded: number;
  readonly uncompressed: number;
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

/** The smallest dictionary of the format that holds `bytes`, as the byte that the LZMA2 filter takes, and its size. */
export function dictionaryFor(bytes: number): { readonly code: number; readonly size: number } {
  let code = 0;
  while (dictionaryBytes(code) < bytes) code += 1;
  return { code, size: dictionaryBytes(code) };
}

/** The size that the LZMA2 filter's byte stands for: 2^n or 3 * 2^n. */
export function dictionaryBytes(code: number): number {
  const largest = 40;
  return code === largest ? 2 ** 32 - 1 : (2 | (code & 1)) * 2 ** ((code >> 1) + 11);
}
