import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TreeFile } from "../tree/tree.js";
import { SmallFileReader } from "./small-file-reader.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-small-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** More than are read without a thread. */
const count = 800;
const contentOf = (file: number): string => String(file).repeat(file % 7);

function makeFiles(): TreeFile[] {
  mkdirSync(join(folder, "ü"));
  return Array.from({ length: count }, (_, file) => {
    const path = `ü/f${file}`;
    writeFileSync(join(folder, path), contentOf(file));
    return { kind: "file", path, size: contentOf(file).length, executable: false };
  });
}

/** What was read of all files, and which of them one by one. */
async function readAll(files: readonly TreeFile[], { isForeign = false } = {}): Promise<{ read: string[]; closely: string[] }> {
  const closely: string[] = [];
  const readOne = async (path: string): Promise<Uint8Array> => {
    closely.push(path);
    return Buffer.from(`close look at ${path}`);
  };
  const contents = await new SmallFileReader({ folder, isForeign, readOne }).read(files, {});
  return { read: contents.map((bytes) => Buffer.from(bytes).toString()), closely };
}

test("many files are read together", async () => {
  const { read, closely } = await readAll(makeFiles());
  expect(read).toEqual(Array.from({ length: count }, (_, file) => contentOf(file)));
  expect(closely).toEqual([]);
});

test("a few files, and those of a folder that others may change, are read one by one", async () => {
  const files = makeFiles();
  expect((await readAll(files.slice(0, 100))).closely.length).toBe(100);
  expect((await readAll(files, { isForeign: true })).closely.length).toBe(count);
});

test.each<[string, (path: string) => void]>([
  ["is longer", (path) => writeFileSync(path, `${contentOf(300)}!`)],
  ["is shorter", (path) => writeFileSync(path, "3")],
  ["is a link", (path) => symlinkSync("f301", path)],
  ["is a folder", (path) => mkdirSync(path)],
  ["is gone", () => {}],
])("a file that by now %s is looked at closely, as all behind it", async (_, change) => {
  const files = makeFiles();
  await rm(join(folder, "ü/f300"));
  change(join(folder, "ü/f300"));
  const { read, closely } = await readAll(files);
  expect(read.slice(0, 300)).toEqual(Array.from({ length: 300 }, (__, file) => contentOf(file)));
  expect(closely).toEqual(files.slice(300).map(({ path }) => path));
  expect(read[300]).toBe("close look at ü/f300");
});
