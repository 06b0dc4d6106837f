import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FileModelStore } from "../src/index.js";
import { exportModel } from "../src/export/export-model.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const megabyte = 1024 * 1024;
const size = 512 * megabyte;

/** A model of 512 MiB that takes no room on the disk. */
async function largeModel(home: string): Promise<FileModelStore> {
  const store = new FileModelStore(home);
  const model = await store.create("large:v1", (draft) => draft.write("weights.bin", ""));
  await truncate(model.resolvePath("weights.bin"), size);
  return store;
}

test("a model of 512 MiB goes through in constant memory", { timeout: 120_000 }, async () => {
  await using folder = await temporaryFolder();
  const store = await largeModel(folder.path);
  const before = process.memoryUsage.rss();
  let most = before;
  let bytes = 0;
  const stream = new WritableStream<Uint8Array>({
    write: (chunk) => {
      bytes += chunk.length;
      most = Math.max(most, process.memoryUsage.rss());
    },
  });
  await exportModel("large", stream, { store, format: "tar" });
  expect(bytes).toBeGreaterThan(size);
  expect(most - before).toBeLessThan(150 * megabyte);
});

test("what is made ahead of a slow reader is bounded", async () => {
  await using folder = await temporaryFolder();
  const store = await largeModel(join(folder.path, "home"));
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const controller = new AbortController();
  const transfer = exportModel("large", writable, { store, format: "tar", signal: controller.signal });
  let made = 0;
  const watching = (async () => {
    for await (const progress of transfer) made = progress.bytes;
  })();
  const reader = readable.getReader();
  let taken = 0;
  for (let reads = 0; reads < 30; reads += 1) {
    taken += (await reader.read()).value?.length ?? 0;
    // All that can happen without another read happens now.
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(made - taken).toBeLessThan(16 * megabyte);
  }
  expect(taken).toBeGreaterThan(0);
  controller.abort();
  await expect(watching).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
});
