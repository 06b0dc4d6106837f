import { randomBytes } from "node:crypto";
import { crc32, inflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { ChunkReader } from "./chunk-reader.js";
import type { Compression } from "../compression.js";
import { deflateBlocks } from "./deflate.js";
import { inflateRaw } from "./inflate.js";
import { mixedBytes, piecesOf } from "../../../test/support/codec-data.js";

const signal = new AbortController().signal;
const compressions: readonly Compression[] = ["adaptive", "store", "fast", "best", 0, 3, 6];

test.each(compressions)("a deflated stream holds what went in, and the sums tell its size and CRC-32: %s", async (compression) => {
  const input = mixedBytes(2_500_000);
  const { bytes, result } = await collected(deflateBlocks(piecesOf(input, 70_000), { compression, maxMemory: 2 ** 28, signal }));
  expect(inflateRawSync(bytes).equals(input)).toBe(true);
  expect(result).toEqual({ crc32: crc32(input), size: input.length, compressedSize: bytes.length });
});

test.each(compressions)("so does one of little or nothing: %s", async (compression) => {
  for (const size of [0, 1, 100, 8191, 8192, 65_535, 65_536, 200_000]) {
    const input = mixedBytes(size);
    const { bytes, result } = await collected(deflateBlocks(piecesOf(input, 70_000), { compression, maxMemory: 2 ** 28, signal }));
    expect(inflateRawSync(bytes).equals(input)).toBe(true);
    expect(result).toEqual({ crc32: crc32(input), size, compressedSize: bytes.length });
  }
});

test("inflating ends with the stream and leaves what stands behind it", async () => {
  const input = mixedBytes(300_000);
  const { bytes } = await collected(deflateBlocks(piecesOf(input, 70_000), { compression: 6, maxMemory: 2 ** 28, signal }));
  const behind = randomBytes(100_000);
  for (const size of [1000, 65_536, bytes.length, bytes.length + 1, 10_000_000]) {
    const reader = new ChunkReader(piecesOf(Buffer.concat([bytes, behind]), size));
    const { bytes: inflated, result } = await collected(inflateRaw(reader, signal));
    expect(inflated.equals(input)).toBe(true);
    expect(result).toEqual({ crc32: crc32(input), size: input.length, compressedSize: bytes.length });
    expect((await reader.take(behind.length + 1)).length).toBe(behind.length);
  }
});

test("less memory means fewer blocks at a time, and the same bytes", async () => {
  const input = mixedBytes(5_000_000);
  const { bytes } = await collected(deflateBlocks(piecesOf(input, 70_000), { compression: "adaptive", maxMemory: 2 ** 28, signal }));
  const { bytes: slowly } = await collected(deflateBlocks(piecesOf(input, 1_000_003), { compression: "adaptive", maxMemory: 1, signal }));
  expect(slowly.equals(bytes)).toBe(true);
});

async function collected<R>(stream: AsyncGenerator<Uint8Array, R>): Promise<{ readonly bytes: Buffer; readonly result: R }> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done) return { bytes: Buffer.concat(parts), result: next.value };
    parts.push(next.value);
  }
}
