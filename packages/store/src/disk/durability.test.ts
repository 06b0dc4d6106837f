import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { syncTree } from "./durability.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "bento-sync-"))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function filesIn(count: number): ReadonlySet<string> {
  mkdirSync(join(folder, "d"));
  const files = Array.from({ length: count }, (_, index) => join(folder, "d", String(index)));
  for (const file of files) writeFileSync(file, "x");
  return new Set(files);
}

// What reaches the disk cannot be seen from here; that a file which is gone is noticed tells which way was taken.
describe.each([
  ["few files, each one", 20, undefined],
  ["many files where there is no program for it, each one", 600, "/nowhere"],
])("%s", (_, count, path) => {
  test("is synchronised", async () => {
    if (path !== undefined) vi.stubEnv("PATH", path);
    const files = filesIn(count);
    await syncTree(folder, files, new Set([folder, join(folder, "d")]));
    rmSync(join(folder, "d", "7"));
    await expect(syncTree(folder, files, new Set())).rejects.toMatchObject({ code: "ENOENT" });
  });
});

test("many files are written out with their file system", async () => {
  const program = join(folder, "sync");
  writeFileSync(program, `#!/bin/sh\necho "$@" > ${join(folder, "called")}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  const files = filesIn(600);
  rmSync(join(folder, "d", "7"));
  await syncTree(folder, files, new Set([folder]));
  expect(readFileSync(join(folder, "called"), "utf8")).toBe(`-f ${folder}\n`);
});
