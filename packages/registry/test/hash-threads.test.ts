import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HashThreads } from "../src/transfer/hash-threads.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "bento-hash-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("ranges are digested each by itself, growing files as a whole", async () => {
  const bytes = randomBytes(3_000_000);
  const path = join(folder, "f");
  writeFileSync(path, bytes);
  await using threads = new HashThreads();
  const ranges = [0, 1_000_000, 2_000_000].map((start) => ({ path, start, end: start + 1_000_000 }));
  const running = threads.running();
  const added = ranges.map((range) => running.add(range));
  expect(await threads.digests(ranges)).toEqual(ranges.map(({ start, end }) => sha256(bytes.subarray(start, end))));
  await Promise.all(added);
  expect(await running.result()).toBe(sha256(bytes));
  expect(await threads.digests([{ path, start: 0, end: 0 }])).toEqual([sha256(new Uint8Array())]);
});

test("a file that is gone is named, and the thread goes on", async () => {
  const path = join(folder, "gone");
  await using threads = new HashThreads();
  await expect(threads.digests([{ path, start: 0, end: 1 }])).rejects.toMatchObject({
    code: "BENTO_STORE_FAILED",
    message: expect.stringContaining(path),
  });
  expect(await threads.digests([])).toEqual([]);
});

test("what is under way when the threads end fails", async () => {
  const path = join(folder, "f");
  writeFileSync(path, new Uint8Array(10_000_000));
  const threads = new HashThreads();
  const running = threads.digests([{ path, start: 0, end: 10_000_000 }]);
  const [outcome] = await Promise.all([running.catch((error: unknown) => error), threads[Symbol.asyncDispose]()]);
  expect(outcome).toMatchObject({ code: "BENTO_INTERNAL" });
});
