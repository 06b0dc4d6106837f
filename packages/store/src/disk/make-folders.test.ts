import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FileModelStore } from "./file-model-store.js";
import { makeFolders } from "./make-folders.js";

function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), "bento-folders-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("what is missing is made, and the topmost of it told", () => {
  const top = temporary();
  expect(makeFolders(join(top, "a/b/c"), 0o750)).toBe(join(top, "a"));
  expect(statSync(join(top, "a/b")).mode & 0o777).toBe(0o750);
  expect(makeFolders(join(top, "a/b/d"))).toBe(join(top, "a/b/d"));
  expect(makeFolders(join(top, "a/b"))).toBeUndefined();
  expect(makeFolders("/")).toBeUndefined();
});

test("a link to a folder is a folder; a file and a link to nothing are in the way", () => {
  const top = temporary();
  mkdirSync(join(top, "real"));
  symlinkSync("real", join(top, "link"));
  symlinkSync("gone", join(top, "broken"));
  writeFileSync(join(top, "file"), "");
  expect(makeFolders(join(top, "link"))).toBeUndefined();
  expect(makeFolders(join(top, "link/x"))).toBe(join(top, "link/x"));
  expect(() => makeFolders(join(top, "broken"))).toThrow(/ENOENT/);
  expect(() => makeFolders(join(top, "file"))).toThrow(/EEXIST/);
  expect(() => makeFolders(join(top, "file/x"))).toThrow(/ENOTDIR/);
});

test.runIf(process.platform === "linux")("it ends where no folder can be made although the one above is there", async () => {
  expect(() => makeFolders("/proc/bento/models")).toThrow(/ENOENT/);
  await expect(new FileModelStore("/proc/bento").create("m:v1", () => {})).rejects.toMatchObject({
    code: "BENTO_STORE_FAILED",
    hint: expect.stringContaining("BENTOML_HOME") as string,
  });
});
