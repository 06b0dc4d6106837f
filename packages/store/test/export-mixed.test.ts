import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type ArchiveFormat, exportModel, MemoryModelStore } from "../src/index.js";
import { halfWeights, noise as noiseOf, weights, words } from "./support/codec-data.js";

async function exported(format: ArchiveFormat, store: MemoryModelStore): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await exportModel("m:v1", new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) }), { store, format });
  return Buffer.concat(chunks);
}

/** A model of files that take turns. */
async function filled(kinds: readonly ((size: number) => Buffer)[], count: number, size: number): Promise<MemoryModelStore> {
  const store = new MemoryModelStore();
  const contents = kinds.map((kind) => kind(count * size));
  await store.create("m:v1", async (draft) => {
    for (let index = 0; index < count; index += 1) {
      const content = contents[index % contents.length] as Buffer;
      await draft.write(`f${index.toString().padStart(4, "0")}`, content.subarray(index * size, (index + 1) * size));
    }
  });
  return store;
}

const rest = (kind: (size: number) => Buffer, count: number): readonly ((size: number) => Buffer)[] =>
  Array.from({ length: count }, () => kind);

// Formats that decide for blocks of a tar must not lose much against zip, which decides for each file; gz not against
// zlib, as it has one window for all files, too.
test.each([
  ["of 10 kB by turns", [noiseOf, words], 30, 10_000],
  ["of 25 kB by turns", [noiseOf, words], 12, 25_000],
  ["of 50 kB by turns", [noiseOf, words], 6, 50_000],
  ["of 100 kB by turns", [noiseOf, words], 3, 100_000],
  ["of 30 kB, one of them text", [...rest(noiseOf, 3), words, ...rest(noiseOf, 6)], 10, 30_000],
] as const)(
  "noise and text in files %s are hardly larger as gz, zst and xz than by zlib and as zip",
  { timeout: 60_000 },
  async (_, kinds, count, size) => {
    const store = await filled(kinds, count, size);
    const zip = (await exported("zip", store)).length;
    for (const format of ["zst", "bentomodel"] as const) expect((await exported(format, store)).length / zip).toBeLessThan(1.02);
    const byZlib = gzipSync(await exported("tar", store)).length;
    expect((await exported("gz", store)).length / byZlib).toBeLessThan(1.005);
  },
);

test.each([
  ["of 1 kB", 300, 1000],
  ["of 10 kB", 60, 10_000],
  ["of 40 kB", 18, 40_000],
  ["of 150 kB", 6, 150_000],
] as const)(
  "text, noise and weights in files %s by turns are hardly larger as gz than by zlib",
  { timeout: 60_000 },
  async (_, count, size) => {
    const store = await filled([weights, noiseOf, halfWeights, words, weights, weights], count, size);
    const byZlib = gzipSync(await exported("tar", store)).length;
    expect((await exported("gz", store)).length / byZlib).toBeLessThan(1.005);
  },
);
