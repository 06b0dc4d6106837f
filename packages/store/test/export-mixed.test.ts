import { expect, test } from "vitest";
import { type ArchiveFormat, exportModel, MemoryModelStore } from "../src/index.js";
import { noise as noiseOf, words } from "./support/codec-data.js";

async function sizeAs(format: ArchiveFormat, store: MemoryModelStore): Promise<number> {
  let size = 0;
  await exportModel("m:v1", new WritableStream<Uint8Array>({ write: (chunk) => void (size += chunk.length) }), { store, format });
  return size;
}

// Formats that decide for blocks of a tar must not lose much against zip, which decides for each file.
test.each([
  ["of 10 kB by turns", (index: number) => index % 2 === 1, 30, 10_000],
  ["of 25 kB by turns", (index: number) => index % 2 === 1, 12, 25_000],
  ["of 50 kB by turns", (index: number) => index % 2 === 1, 6, 50_000],
  ["of 100 kB by turns", (index: number) => index % 2 === 1, 3, 100_000],
  ["of 30 kB, one of them text", (index: number) => index === 3, 10, 30_000],
] as const)("noise and text in files %s are hardly larger as zst and xz than as zip", async (_, isText, count, size) => {
  const store = new MemoryModelStore();
  const [noise, text] = [noiseOf(count * size), words(count * size)];
  await store.create("m:v1", async (draft) => {
    for (let index = 0; index < count; index += 1) {
      const start = index * size;
      await draft.write(`f${index.toString().padStart(4, "0")}`, (isText(index) ? text : noise).subarray(start, start + size));
    }
  });
  const zip = await sizeAs("zip", store);
  for (const format of ["zst", "bentomodel"] as const) expect((await sizeAs(format, store)) / zip).toBeLessThan(1.02);
});
