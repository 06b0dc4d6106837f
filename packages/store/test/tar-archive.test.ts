import fc from "fast-check";
import { expect, test } from "vitest";
import { tarOf } from "../src/archives.js";
import { MemoryModelStore } from "../src/index.js";
import type { Tree } from "../src/tree/tree.js";
import { errorOf } from "./model-store-contract.js";
import { memoryTree } from "./support/memory-tree.js";
import { packed } from "./support/tar.js";

const mixed = memoryTree(
  {
    "model.yaml": "name: mixed\n",
    "empty.bin": "",
    "block.bin": new Uint8Array(512).fill(1),
    "run.sh": "#!/bin/sh\n",
    [`long/${"n".repeat(200)}`]: "long\n",
    "sub/日本.txt": "unicode\n",
    "weights.bin": new Uint8Array(1_500_000).map((_, index) => index % 251),
  },
  { folders: ["empty folder"], executables: ["run.sh"] },
);

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

test("is what an export writes, of a length that is known before", async () => {
  const whole = await packed(mixed);
  const tar = await tarOf(mixed);
  expect(tar.size).toBe(whole.length);
  expect((await bytesOf(tar.stream())).equals(whole)).toBe(true);
});

test("any range of it is what stands there, and takes in no file twice", async () => {
  const whole = await packed(mixed);
  const tar = await tarOf(mixed);
  const position = fc.oneof(fc.nat(whole.length), fc.nat(12_000), fc.constantFrom(512, 1024, 1536, whole.length - 10_240));
  await fc.assert(
    fc.asyncProperty(position, position, async (a, b) => {
      const [start, end] = a < b ? [a, b] : [b, a];
      let taken = 0;
      const range = await bytesOf(tar.stream({ start, end, onBytes: (count) => (taken += count) }));
      expect(range.equals(whole.subarray(start, end))).toBe(true);
      expect(taken).toBeLessThanOrEqual(end - start);
    }),
    { numRuns: 150 },
  );
});

test("the parts of a model put together are the whole of it", async () => {
  await using store = new MemoryModelStore();
  const model = await store.create("m:v1", async (draft) => {
    await draft.write("a.bin", new Uint8Array(2_000_000).fill(7));
    await draft.write("b/c.txt", "c");
  });
  const tar = await tarOf(model.tree());
  const parts: Buffer[] = [];
  for (let start = 0; start < tar.size; start += 700_001) parts.push(await bytesOf(tar.stream({ start, end: start + 700_001 })));
  expect(Buffer.concat(parts).equals(await bytesOf(tar.stream()))).toBe(true);
});

test("a file that shrank meanwhile is an error, not an archive of another length", async () => {
  const shrunk: Tree = { ...mixed, stream: (path, options) => mixed.stream(path, { ...options, end: (options?.start ?? 0) + 10 }) };
  const tar = await tarOf(shrunk);
  const error = await errorOf(bytesOf(tar.stream({ start: 1, end: tar.size })));
  expect(error).toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
  expect(error.message).toContain('"weights.bin" changed');
});

test("stops when it is told to", async () => {
  const stop = new AbortController();
  stop.abort();
  const tar = await tarOf(mixed);
  expect(await errorOf(bytesOf(tar.stream({ start: 5, signal: stop.signal })))).toMatchObject({ code: "BENTO_CANCELLED" });
});
