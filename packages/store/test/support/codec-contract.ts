import { BentoError } from "@bento/core";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Codec } from "../../src/archive/codec/codec.js";
import type { Compression } from "../../src/archive/compression.js";
import { mixedBytes, noise, piecesOf, words } from "./codec-data.js";

/** What the suite needs to know of a codec. */
export interface CodecFacts {
  readonly codec: Codec;
  /** Bytes that it compresses in one go. */
  readonly blockSize: number;
  /** Bytes that show whether memory stays constant: as many as take a few seconds. */
  readonly longSize: number;
  /** SHA-256 of what it makes of `mixedBytes(300_000)`. Another one means that equal models no longer give equal archives. */
  readonly digests: Readonly<Record<string, string>>;
}

const compressions: readonly Compression[] = ["adaptive", "store", "fast", "best", 0, 1, 6, 9];
const mebibyte = 1024 * 1024;
const options = { compression: "adaptive", maxMemory: 256 * mebibyte, signal: new AbortController().signal } as const;

/** Tests that every codec has to pass. */
export function describeCodec({ codec, blockSize, longSize, digests }: CodecFacts): void {
  const compressed = (input: Uint8Array, compression: Compression = "adaptive"): Promise<Buffer> =>
    collected(codec.compress(piecesOf(input, mebibyte), { ...options, compression }));

  test("what went in comes out, however it is cut, at every compression", { timeout: 30_000 }, async () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 70_000 }));
    const cut = fc.integer({ min: 1, max: 80_000 });
    await fc.assert(
      fc.asyncProperty(
        size,
        cut,
        cut,
        fc.constantFrom(...compressions),
        fc.boolean(),
        async (bytes, cutIn, cutOut, compression, isNoise) => {
          const input = isNoise ? noise(bytes) : mixedBytes(bytes);
          const output = await collected(codec.compress(piecesOf(input, cutIn), { ...options, compression }));
          expect(sameBytes(await collected(codec.decompress(piecesOf(output, cutOut), options)), input)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("sizes around the edge of a block make no difference", { timeout: 30_000 }, async () => {
    for (const size of [blockSize - 1, blockSize, blockSize + 1, blockSize * 2]) {
      const input = mixedBytes(size);
      const output = await compressed(input, "fast");
      expect(sameBytes(await collected(codec.decompress(piecesOf(output, 100_003), options)), input)).toBe(true);
    }
  });

  test.each(compressions)("the bytes at compression %s are the same on every machine", async (compression) => {
    const output = await compressed(mixedBytes(300_000), compression);
    expect(createHash("sha256").update(output).digest("hex")).toBe(digests[`${compression}`]);
  });

  test("the memory allowed changes the speed alone", { timeout: 30_000 }, async () => {
    const input = Buffer.concat([words(blockSize), noise(blockSize), words(1000)]);
    const slowly = await collected(codec.compress(piecesOf(input, 77_777), { ...options, compression: "fast", maxMemory: 1 }));
    expect(sameBytes(slowly, await compressed(input, "fast"))).toBe(true);
    expect(sameBytes(await collected(codec.decompress(piecesOf(slowly, 77_777), { ...options, maxMemory: 1 })), input)).toBe(true);
  });

  test("cut off anywhere, it is refused", { timeout: 30_000 }, async () => {
    const whole = await compressed(words(500));
    for (let length = 0; length < whole.length; length += 1) expect(await outcome(whole.subarray(0, length))).toBe("refused");
  });

  test("with any bit turned over, it is refused or gives the same bytes", { timeout: 60_000 }, async () => {
    const input = words(300);
    for (const compression of ["adaptive", "store"] as const) {
      const whole = await compressed(input, compression);
      for (let bit = 0; bit < whole.length * 8; bit += 1) {
        const other = Buffer.from(whole);
        other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const result = await outcome(other);
        expect(result === "refused" || sameBytes(result, input)).toBe(true);
      }
    }
  });

  test("noise, and bytes behind the end, are refused", async () => {
    const whole = await compressed(words(1000));
    for (const behind of [noise(1), noise(4), noise(100), noise(100_000), whole.subarray(0, 3), whole.subarray(0, -1)]) {
      expect(await outcome(Buffer.concat([whole, behind]))).toBe("refused");
      expect(await outcome(behind)).toBe("refused");
    }
    expect(await outcome(noise(4 * mebibyte))).toBe("refused");
  });

  test("several files in a row are read as one", async () => {
    const parts = [words(1000), Buffer.alloc(0), noise(2000)];
    const files = await Promise.all(parts.map((part) => compressed(part)));
    for (const size of [1, 50, 1_000_000]) {
      expect(sameBytes(await collected(codec.decompress(piecesOf(Buffer.concat(files), size), options)), Buffer.concat(parts))).toBe(true);
    }
  });

  test("an aborted signal ends both ways, and the input is closed", { timeout: 30_000 }, async () => {
    const input = noise(blockSize * 5);
    const output = await compressed(input, "fast");
    for (const way of ["compress", "decompress"] as const) {
      const controller = new AbortController();
      const source = watched(piecesOf(way === "compress" ? input : output, 64 * 1024));
      const running = codec[way](source.input, { ...options, compression: "fast", signal: controller.signal });
      const abortingAtOnce = async (): Promise<void> => {
        for await (const _ of running) controller.abort();
      };
      await expect(abortingAtOnce()).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
      expect(source.isClosed()).toBe(true);
    }
  });

  test("whoever stops reading closes the input", { timeout: 30_000 }, async () => {
    const input = noise(blockSize * 5);
    const output = await compressed(input, "fast");
    for (const way of ["compress", "decompress"] as const) {
      const source = watched(piecesOf(way === "compress" ? input : output, 64 * 1024));
      for await (const _ of codec[way](source.input, { ...options, compression: "fast" })) break;
      expect(source.isClosed()).toBe(true);
    }
  });

  test("what the input throws is thrown", async () => {
    for (const way of ["compress", "decompress"] as const) {
      const failing = async function* (): AsyncGenerator<Uint8Array, void> {
        yield (await compressed(words(1000))).subarray(0, 20);
        throw new RangeError("The disk is gone.");
      };
      await expect(collected(codec[way](failing(), options))).rejects.toThrow("The disk is gone.");
    }
  });

  test("a stream of any length goes through constant memory", { timeout: 60_000 }, async () => {
    const chunk = mixedBytes(64 * 1024).fill(0, 2000);
    const before = process.memoryUsage().arrayBuffers;
    let most = before;
    let size = 0;
    const source = async function* (): AsyncGenerator<Uint8Array, void> {
      for (let index = 0; index < longSize / chunk.length; index += 1) yield new Uint8Array(chunk);
    };
    for await (const bytes of codec.decompress(codec.compress(source(), { ...options, compression: "fast" }), options)) {
      size += bytes.length;
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    expect(size).toBe(longSize);
    // A few blocks each way, and what V8 has not freed yet.
    expect(most - before).toBeLessThan((longSize * 3) / 4);
  });

  async function outcome(bytes: Uint8Array): Promise<Buffer | "refused"> {
    try {
      return await collected(codec.decompress(piecesOf(bytes, 65_536), options));
    } catch (error) {
      if (BentoError.is(error, "BENTO_ARCHIVE_INVALID")) return "refused";
      throw error;
    }
  }
}

/** All bytes of a stream. */
export async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** Vitest's own comparison takes seconds for a megabyte. */
function sameBytes(left: Buffer, right: Uint8Array): boolean {
  return left.equals(right);
}

function watched(input: AsyncGenerator<Uint8Array, void>): { readonly input: AsyncIterable<Uint8Array>; readonly isClosed: () => boolean } {
  let isClosed = false;
  const watching = async function* (): AsyncGenerator<Uint8Array, void> {
    try {
      yield* input;
    } finally {
      isClosed = true;
    }
  };
  return { input: watching(), isClosed: () => isClosed };
}
