import { expect, test } from "vitest";
import { noise, weights, words } from "../../test/support/codec-data.js";

interface Module {
  readonly redundancyOf: (block: Uint8Array) => { readonly entropy: number; readonly repeats: number };
}

// By its address, because the checker of tests reads no JavaScript.
const { redundancyOf } = (await import(new URL("redundancy.js", import.meta.url).href)) as Module;

const size = 1024 * 1024;

test("noise has none, weights have bytes that are more frequent, text has strings that repeat", () => {
  expect(redundancyOf(noise(size))).toMatchObject({ repeats: 0 });
  expect(redundancyOf(noise(size)).entropy).toBeGreaterThan(990);
  expect(redundancyOf(weights(size)).repeats).toBeLessThan(5);
  expect(redundancyOf(weights(size)).entropy).toBeLessThan(980);
  expect(redundancyOf(words(size)).repeats).toBeGreaterThan(100);
});

test("text within noise is seen where it is a quarter of the block", () => {
  const block = noise(size);
  block.set(words(size / 4), size / 2);
  expect(redundancyOf(block).repeats).toBeGreaterThan(20);
});

test("blocks of every small size are looked at", () => {
  for (const length of [0, 1, 3, 4, 5, 100, 32_768, 32_769, 262_145]) expect(redundancyOf(words(length)).entropy).toBeLessThanOrEqual(1000);
  expect(redundancyOf(Buffer.alloc(size))).toMatchObject({ entropy: 0 });
});
