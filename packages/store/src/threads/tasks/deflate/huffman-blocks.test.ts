import fc from "fast-check";
import { createHash } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { mixedBytes, noise, weights } from "../../../../test/support/codec-data.js";

interface Module {
  readonly huffmanBlocks: (bytes: Uint8Array) => Uint8Array;
}

// By its address, because the checker of tests reads no JavaScript.
const { huffmanBlocks } = (await import(new URL("huffman-blocks.js", import.meta.url).href)) as Module;

function inflated(blocks: Uint8Array): Buffer {
  return inflateRawSync(Buffer.concat([blocks, Buffer.from([3, 0])]));
}

function sizeByZlib(bytes: Uint8Array): number {
  return deflateRawSync(bytes, { strategy: constants.Z_HUFFMAN_ONLY, finishFlush: constants.Z_SYNC_FLUSH }).length;
}

/** Bytes that are each value as often as its weight says. */
function drawn(weightOf: readonly number[], size: number, seed: number): Buffer {
  const bounds: number[] = [];
  let sum = 0;
  for (const weight of weightOf) bounds.push((sum += weight));
  const source = noise(size * 4, seed);
  return Buffer.from(
    Uint8Array.from({ length: size }, (_, at) => {
      const point = (source.readUInt32LE(at * 4) / 2 ** 32) * sum;
      return bounds.findIndex((bound) => point < bound);
    }),
  );
}

/** The same bytes in another order, alike everywhere. */
function shuffled(bytes: Buffer): Buffer {
  // A prime, so that each place comes once.
  return Buffer.from(Uint8Array.from(bytes, (_, at) => bytes.readUInt8((at * 7919) % bytes.length)));
}

/** Byte 0 in half of the places, 1 in a quarter, and so on, the last once: codes of 17 bits, were there no limit. */
function halving(): Buffer {
  const bytes = Buffer.alloc(2 ** 17);
  for (let value = 0, at = 0; at < bytes.length; value += 1) {
    const count = Math.max(1, Math.floor((bytes.length - at) / 2));
    bytes.fill(value, at, at + count);
    at += count;
  }
  return shuffled(bytes);
}

/** Counts as in Fibonacci's row make the longest codes there can be: 24 bits here. */
function fibonacci(): Buffer {
  const parts: Buffer[] = [];
  for (let value = 0, count = 1, next = 1; value < 25; value += 1) {
    parts.push(Buffer.alloc(count, value * 10));
    [count, next] = [next, count + next];
  }
  return shuffled(Buffer.concat(parts));
}

const shapes = {
  empty: Buffer.alloc(0),
  "one byte": Buffer.from([7]),
  "two bytes": Buffer.from([7, 8]),
  "three bytes": Buffer.from([255, 255, 255]),
  "one value": Buffer.alloc(100_000, 255),
  "two values": Buffer.from(Uint8Array.from({ length: 100_001 }, (_, at) => ((at * at) % 7) & 1)),
  "all values alike": Buffer.from(Uint8Array.from({ length: 2 ** 17 }, (_, at) => at)),
  "each value once": Buffer.from(Uint8Array.from({ length: 256 }, (_, at) => at)),
  halving: halving(),
  "codes as long as can be": fibonacci(),
  weights: weights(1_000_000),
  "all sorts": mixedBytes(700_000),
  noise: noise(300_000),
} satisfies Readonly<Record<string, Buffer>>;

test.each(Object.entries(shapes))("zlib reads what becomes of: %s", (_, bytes) => {
  const blocks = huffmanBlocks(bytes);
  expect(inflated(blocks).equals(bytes)).toBe(true);
  // Five bytes for each stored block, of which a piece of 128 KiB makes three.
  expect(blocks.length).toBeLessThanOrEqual(bytes.length + 15 * Math.ceil(bytes.length / 131_072));
});

test("zlib reads bytes of every distribution, which take no more than by itself", { timeout: 60_000 }, () => {
  const weight = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 }), fc.double({ min: 0.001, max: 1000, noNaN: true }));
  const some = fc.array(weight, { minLength: 1, maxLength: 256 }).filter((all) => all.some((one) => one > 0));
  const geometric = fc
    .tuple(fc.double({ min: 0.3, max: 0.99, noNaN: true }), fc.integer({ min: 2, max: 256 }))
    .map(([ratio, values]) => Array.from({ length: values }, (_, value) => ratio ** value));
  fc.assert(
    fc.property(fc.oneof(some, geometric), fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 255 }), (all, size, seed) => {
      const bytes = drawn(all, size, seed);
      const blocks = huffmanBlocks(bytes);
      expect(inflated(blocks).equals(bytes)).toBe(true);
      const zlib = sizeByZlib(bytes);
      // What hardly shrinks is stored.
      if (zlib < size * 0.99) expect(blocks.length).toBeLessThanOrEqual(zlib * 1.001 + 8);
    }),
    { numRuns: 60 },
  );
});

test.each(["weights", "halving", "codes as long as can be", "one value"] as const)("no more than by zlib becomes of: %s", (name) => {
  const bytes = shapes[name];
  expect(huffmanBlocks(bytes).length).toBeLessThanOrEqual(sizeByZlib(bytes) * 1.001);
});

test("pieces that would not shrink by 0.5 % are stored, those beside them are not", () => {
  const piece = 128 * 1024;
  const blocks = huffmanBlocks(Buffer.concat([weights(piece), noise(piece), weights(piece)]));
  const coded = huffmanBlocks(weights(piece)).length;
  expect(coded).toBeLessThan(piece * 0.98);
  expect(blocks.length).toBe(2 * coded + piece + 5 * Math.ceil(piece / 65_535));
});

test("bytes behind those that go together are counted and written", () => {
  const bytes = weights(20_003);
  for (let size = 20_000; size <= bytes.length; size += 1) {
    expect(inflated(huffmanBlocks(bytes.subarray(0, size))).equals(bytes.subarray(0, size))).toBe(true);
  }
});

test("the bytes are the same on every machine", () => {
  const hash = createHash("sha256");
  for (const bytes of Object.values(shapes)) hash.update(huffmanBlocks(bytes));
  expect(hash.digest("hex")).toBe("88d6d1762a8db653c130c0b7985e2f980d3194781bb19f1b2c3c3aa66882dfc8");
});
