import fc from "fast-check";
import { createHash } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { halfWeights, mixedBytes, noise, weights, words } from "../../../../test/support/codec-data.js";

interface Run {
  readonly start: number;
  readonly end: number;
  readonly way: "full" | "huffman" | "store";
}

interface Plan {
  readonly planOf: (block: Uint8Array) => readonly Run[];
}

interface Blocks {
  readonly adaptiveBlocks: (block: Uint8Array, runs: readonly object[], dictionary: Uint8Array | undefined) => Uint8Array;
}

interface Looker {
  readonly content: Uint8Array;
  readonly countsOf: (start: number, end: number) => Uint32Array;
}

// By their addresses, because the checker of tests reads no JavaScript.
const { planOf } = (await import(new URL("plan.js", import.meta.url).href)) as Plan;
const { adaptiveBlocks } = (await import(new URL("adaptive-blocks.js", import.meta.url).href)) as Blocks;
const { content, countsOf } = (await import(new URL("looker.js", import.meta.url).href)) as Looker;

/** All of it with one code, or stored. */
function huffmanBlocks(bytes: Uint8Array): Uint8Array {
  content.set(bytes);
  const run = { start: 0, end: bytes.length, way: "huffman", counts: countsOf(0, bytes.length) };
  return new Uint8Array(adaptiveBlocks(bytes, [run], undefined));
}

function adaptive(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(adaptiveBlocks(bytes, planOf(bytes), undefined));
}

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
  for (const blocks of [huffmanBlocks(bytes), adaptive(bytes)]) {
    expect(inflated(blocks).equals(bytes)).toBe(true);
    // Five bytes for each stored block, and at the end of what zlib makes.
    expect(blocks.length).toBeLessThanOrEqual(bytes.length + 5 * (Math.ceil(bytes.length / 16_384) + 1));
  }
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

test("a block is cut where another way begins to pay, or another code", () => {
  const part = 128 * 1024;
  const block = Buffer.concat([weights(part), noise(part), words(part), halfWeights(part), weights(part), noise(part, 5)]);
  const ways = ["huffman", "store", "full", "huffman", "huffman", "store"];
  expect(planOf(block)).toMatchObject(ways.map((way, index) => ({ start: index * part, end: (index + 1) * part, way })));
  const alone = [weights(part), words(part), halfWeights(part), weights(part)].map((bytes) => adaptive(bytes).length);
  expect(adaptive(block).length).toBeLessThan((alone.reduce((sum, size) => sum + size) + 2 * part) * 1.001);
});

test("text is found within noise and within weights, in few bytes and in many", () => {
  for (const around of [noise(512 * 1024), weights(512 * 1024), halfWeights(512 * 1024)]) {
    for (const size of [2000, 10_000, 100_000]) {
      const block = Buffer.from(around);
      block.set(words(size), 200_000);
      const full = planOf(block).filter(({ way }) => way === "full");
      const found = full.reduce((sum, { start, end }) => sum + Math.max(0, Math.min(end, 200_000 + size) - Math.max(start, 200_000)), 0);
      expect(found).toBeGreaterThan(size * 0.9);
      expect(full.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThanOrEqual(size + 32 * 1024);
    }
  }
});

test("bytes behind those that go together are counted and written", () => {
  const bytes = weights(20_003);
  for (let size = 20_000; size <= bytes.length; size += 1) {
    expect(inflated(huffmanBlocks(bytes.subarray(0, size))).equals(bytes.subarray(0, size))).toBe(true);
  }
});

test("the bytes are the same on every machine", () => {
  const hash = createHash("sha256");
  for (const bytes of Object.values(shapes)) hash.update(huffmanBlocks(bytes)).update(JSON.stringify(planOf(bytes)));
  expect(hash.digest("hex")).toBe("7056285d9b7dc86d0f786220b3dd299328125edbaf848cc42a492b4831005a3d");
});
