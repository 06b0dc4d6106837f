import type { CompressOptions } from "../../src/archive/codec/codec.js";
import { xz } from "../../src/archive/codec/xz.js";
import { piecesOf } from "./codec-data.js";

const usual: CompressOptions = { compression: "adaptive", maxMemory: 256 << 20, signal: new AbortController().signal };

/** The bytes as `.xz`, given to the codec in chunks of one size. */
export async function writeXz(bytes: Uint8Array, options: Partial<CompressOptions> = {}, chunk = 1 << 18): Promise<Buffer> {
  return collected(xz.compress(piecesOf(bytes, chunk), { ...usual, ...options }));
}

/** What an `.xz` holds, given to the codec in chunks of one size. */
export async function readXz(bytes: Uint8Array, chunk = 1 << 18, options: Partial<CompressOptions> = {}): Promise<Buffer> {
  return collected(xz.decompress(piecesOf(bytes, chunk), { ...usual, ...options }));
}

async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
