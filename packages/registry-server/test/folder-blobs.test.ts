import { FolderBlobStore } from "../src/blobs/folder.js";
import { ownIdentity } from "@bento/store/file-store";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { blob, blobStoreContract, pieces } from "../../../test/support/blob-store-contract.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-blobs-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newRoot = (): Promise<string> => mkdtemp(join(folder, "store-"));

blobStoreContract(async () => new FolderBlobStore(await newRoot()));

test("a blob lies in a folder of its first two digits, and nothing lies beside", async () => {
  const root = await newRoot();
  const { bytes, sha256 } = blob(100);
  await new FolderBlobStore(root).put(sha256, bytes.length, pieces(bytes));
  expect((await readdir(root, { recursive: true })).toSorted()).toEqual(
    ["blobs", `blobs/${sha256.slice(0, 2)}`, `blobs/${sha256.slice(0, 2)}/${sha256}`, "tmp"].toSorted(),
  );
});

test("a sweep removes what dead writers left half done, and nothing of a living one", async () => {
  const root = await newRoot();
  const store = new FolderBlobStore(root);
  const { bytes, sha256 } = blob(40_000);
  const line = new PassThrough();
  const putting = store.put(sha256, bytes.length, line);
  line.write(bytes.subarray(0, 20_000));
  await vi.waitUntil(async () => (await readdir(join(root, "tmp")).catch(() => [])).length > 0);
  const { place, pid, start } = ownIdentity();
  const names = [`${place}-${pid}-another-00`, `${place}-999999999-1-00`, "000000000000-1-1-00", "000000000000-2-2-00"];
  for (const name of names) await writeFile(join(root, "tmp", name), "half");
  await utimes(join(root, "tmp", "000000000000-1-1-00"), 0, 0);
  expect(await readdir(join(root, "tmp"))).toHaveLength(5);
  await store.sweep();
  const left = await readdir(join(root, "tmp"));
  expect(left).toHaveLength(2);
  expect(left).toContain("000000000000-2-2-00");
  expect(left.some((name) => name.startsWith(`${place}-${pid}-${start}-`))).toBe(true);
  line.end(bytes.subarray(20_000));
  await putting;
  expect(await store.has(sha256)).toBe(true);
});
