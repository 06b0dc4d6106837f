import type { RandomAccess } from "../container.js";
import { damaged } from "./refusals.js";

/** Exactly the bytes from `start` up to `end`. */
export async function readExactly(source: RandomAccess, start: number, end: number): Promise<Buffer> {
  const bytes = await source.read(start, end);
  if (bytes.length !== end - start)
    throw damaged(`it ended at byte ${start + bytes.length} while it was read, ${source.size} were expected`);
  return asBuffer(bytes);
}

/** The same memory, with the methods that read numbers. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A number of eight bytes; one that JavaScript cannot hold becomes `Infinity`, which lies outside every file. */
export function readUInt64(bytes: Buffer, offset: number): number {
  const value = bytes.readBigUInt64LE(offset);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
}

/** What a field of two or four bytes says when the true value stands in the zip64 record instead. */
export const inZip64 = { short: 0xffff, long: 0xffff_ffff };

export const localSignature = 0x0403_4b50;
export const centralSignature = 0x0201_4b50;
export const endSignature = 0x0605_4b50;
