import type { ContentDocument } from "@bento/registry/wire";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FolderBlobStore } from "../src/blobs/folder.js";
import { WholeFiles } from "../src/blobs/whole-files.js";

const mib = 1024 * 1024;
const never = new AbortController().signal;
const digest = (...bytes: readonly Uint8Array[]): string => createHash("sha256").update(Buffer.concat(bytes)).digest("hex");
/** Parts of one file: the third is the first once more, and the last one is short. */
const first = randomBytes(mib);
const second = randomBytes(mib);
const last = randomBytes(1000);
const pieces = [first, second, first, randomBytes(mib), last];
const parts = pieces.map((piece) => digest(piece));

let root: string;
let blobs: FolderBlobStore;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "bento-whole-"));
  blobs = new FolderBlobStore(root);
  for (const piece of pieces) await blobs.put(digest(piece), piece.length, streamOf(piece));
});
afterAll(async () => {
  await blobs.close();
  await rm(root, { recursive: true, force: true });
});

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

function documentOf(sha256 = digest(...pieces)): ContentDocument {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const file = { path: "weights.bin", size, executable: false, sha256, parts };
  const small = { path: "small", size: 1000, executable: false, sha256: digest(last), parts: [digest(last)] };
  return { format: 1, partSize: mib, folders: [], files: [small, file] };
}

test("a file is known to be right in whatever order its parts came, whichever were there, and whatever was not told", async () => {
  const orders = fc.shuffledSubarray([...new Set(parts)], { minLength: 0 });
  await fc.assert(
    fc.asyncProperty(orders, fc.subarray([...new Set(parts)]), async (arriving, missing) => {
      const files = new WholeFiles(blobs);
      files.begin("push", documentOf(), missing);
      for (const sha256 of arriving) files.arrived("push", sha256);
      await files.check("push", documentOf(), never);
    }),
    { numRuns: 30 },
  );
});

test("one that is not what was said of it is refused by its name, told or not", async () => {
  const lie = documentOf(digest(first));
  const refusal = { code: "BENTO_INTEGRITY_FAILED", message: expect.stringContaining("weights.bin") as string };
  const files = new WholeFiles(blobs);
  await expect(files.check("untold", lie, never)).rejects.toMatchObject(refusal);
  files.begin("told", lie, parts);
  for (const sha256 of parts) files.arrived("told", sha256);
  await expect(files.check("told", lie, never)).rejects.toMatchObject(refusal);
});

test("a part that was changed on the disk is the disk's fault, and no client's", async () => {
  const sha256 = digest(second);
  const path = join(root, "blobs", sha256.slice(0, 2), sha256);
  await writeFile(path, randomBytes(mib));
  await expect(new WholeFiles(blobs).check("push", documentOf(), never)).rejects.toMatchObject({
    code: "BENTO_STORE_FAILED",
    message: expect.stringContaining(sha256) as string,
  });
  await writeFile(path, pieces[1] as Uint8Array);
});
