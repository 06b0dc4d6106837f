import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderTree } from "@bento/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeContent } from "../src/content/describe-content.js";
import { HashThreads } from "../src/transfer/hash-threads.js";
import { Journal } from "../src/transfer/journal.js";
import type { ContentDocument } from "../src/wire/index.js";

const partSize = 8 * 1024 * 1024;
let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bento-describe-"));
  folder = mkdtempSync(join(root, "model-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function described(): Promise<ContentDocument> {
  await using threads = new HashThreads();
  await using journal = await Journal.open(join(root, "journal"));
  return await describeContent({ tree: folderTree(folder), folder, threads, journal, signal: new AbortController().signal });
}

test("files are told with the digests of the whole and of each part, folders where they hold nothing", async () => {
  const large = randomBytes(2 * partSize + 5);
  writeFileSync(join(folder, "large"), large);
  writeFileSync(join(folder, "empty"), "");
  mkdtempSync(join(folder, "folder-"));
  const { files, folders, ...rest } = await described();
  expect(rest).toEqual({ format: 1, partSize });
  expect(folders).toEqual([expect.stringMatching(/^folder-/)]);
  const parts = [0, 1, 2].map((index) => sha256(large.subarray(index * partSize, (index + 1) * partSize)));
  expect(files).toEqual([
    { path: "empty", size: 0, executable: false, sha256: sha256(new Uint8Array()), parts: [] },
    { path: "large", size: large.length, executable: false, sha256: sha256(large), parts },
  ]);
});

test("what an earlier try has digested is not read again, unless the file is another one", async () => {
  for (const name of ["a", "b"]) writeFileSync(join(folder, name), name);
  await described();
  // Whoever reads the files would find other digests.
  const journal = join(root, "journal");
  const kept = "f".repeat(64);
  writeFileSync(
    journal,
    readFileSync(journal, "utf8")
      .replaceAll(sha256(Buffer.from("a")), kept)
      .replaceAll(sha256(Buffer.from("b")), kept),
  );
  utimesSync(join(folder, "b"), 1, 1);
  expect((await described()).files.map((file) => file.sha256)).toEqual([kept, sha256(Buffer.from("b"))]);
});

test("a large file whose digest the manifest tells is digested by its parts alone", async () => {
  const large = randomBytes(partSize + 1);
  const promised = "e".repeat(64);
  writeFileSync(join(folder, "large"), large);
  const file = { path: "large", size: large.length, sha256: promised };
  writeFileSync(join(folder, ".manifest.json"), JSON.stringify({ version: 1, files: [file] }));
  const found = (await described()).files.find(({ path }) => path === "large");
  expect(found?.sha256).toBe(promised);
  expect(found?.parts).toEqual([sha256(large.subarray(0, partSize)), sha256(large.subarray(partSize))]);
  // Of another size it is another file.
  writeFileSync(join(folder, "large"), randomBytes(partSize + 2));
  expect((await described()).files.find(({ path }) => path === "large")?.sha256).not.toBe(promised);
});
