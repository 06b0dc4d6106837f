import type { CodecName } from "./format.js";

/** What the first bytes of an archive say that it is. `lzma` is the form before xz, which the same tools read. */
export type DetectedForm = CodecName | "lzma" | "tar" | "zip";

/** How many bytes {@link detectFormat} looks at; fewer are enough where the archive has no more. */
export const magicBytes = 512;

/** `BZh`, a level from 1 to 9, and the first block, or right away the end. */
const bzip2Block = [0x42, 0x5a, 0x68, 0x31, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const bzip2End = [0x42, 0x5a, 0x68, 0x31, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
const bzip2Mask = [0xff, 0xff, 0xff, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

const magics: readonly (readonly [form: DetectedForm, magic: readonly number[], mask?: readonly number[]])[] = [
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["gzip", [0x1f, 0x8b]],
  ["bzip2", bzip2Block, bzip2Mask],
  ["bzip2", bzip2End, bzip2Mask],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  // A skippable frame, which may come before the first one with content.
  ["zstd", [0x50, 0x2a, 0x4d, 0x18], [0xf0, 0xff, 0xff, 0xff]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  // A zip without entries.
  ["zip", [0x50, 0x4b, 0x05, 0x06]],
];

/**
 * What an archive is, from its first {@link magicBytes}; `undefined` for nothing that is known. A tar is known by the
 * checksum of its first header, or by the two blocks of zeros that an empty one consists of.
 * @source `magic` of file(1) for each format; xz `lzma_decoder`'s own guess for the form without magic
 */
export function detectFormat(head: Uint8Array): DetectedForm | undefined {
  if (isTarHeader(head)) return "tar";
  for (const [form, magic, mask] of magics) {
    if (magic.every((byte, index) => ((head[index] ?? -1) & (mask?.[index] ?? 0xff)) === (byte & (mask?.[index] ?? 0xff)))) return form;
  }
  return isLzmaHeader(head) ? "lzma" : undefined;
}

const tarBlock = 512;
const checksumStart = 148;
const checksumEnd = 156;

function isTarHeader(head: Uint8Array): boolean {
  if (head.length < tarBlock) return false;
  const block = head.subarray(0, tarBlock);
  if (block.every((byte) => byte === 0)) return true;
  const written = /^[ \0]*([0-7]{1,7})[ \0]*$/.exec(String.fromCharCode(...block.subarray(checksumStart, checksumEnd)))?.[1];
  if (written === undefined) return false;
  let unsigned = 0;
  let signed = 0;
  for (const [index, byte] of block.entries()) {
    const value = index >= checksumStart && index < checksumEnd ? 0x20 : byte;
    unsigned += value;
    // Some old writers summed the bytes as signed ones.
    signed += (value << 24) >> 24;
  }
  const sum = Number.parseInt(written, 8);
  return sum === unsigned || sum === signed;
}

const lzmaHeader = 13;

/** The form has no magic: plausible properties, dictionary and size tell it, as liblzma guesses too. */
function isLzmaHeader(head: Uint8Array): boolean {
  if (head.length < lzmaHeader) return false;
  const view = new DataView(head.buffer, head.byteOffset, lzmaHeader);
  const dictionary = view.getUint32(1, true);
  const size = view.getBigUint64(5, true);
  if ((head[0] as number) >= 9 * 5 * 5) return false;
  return isDictionarySize(dictionary) && (size === 0xffff_ffff_ffff_ffffn || size < 1n << 38n);
}

/** 2^n, 2^n + 2^(n-1), or everything. */
function isDictionarySize(size: number): boolean {
  if (size === 0xffff_ffff) return true;
  const bits = size.toString(2);
  return size >= 4096 && /^11?0*$/.test(bits);
}
