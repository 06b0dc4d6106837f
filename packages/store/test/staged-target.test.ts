import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test, vi } from "vitest";
import { temporaryFolder } from "./support/temporary-folder.js";
import { ownIdentity } from "../src/disk/process-identity.js";
import { StagedTarget, removeStalePartials } from "../src/transfer/staged-target.js";

test("lies hidden beside its target, shows its name, and is removed at the end", async () => {
  await using folder = await temporaryFolder();
  const target = join(folder.path, "m-1.0.zip");
  let path;
  {
    await using partial = new StagedTarget(target);
    await using another = new StagedTarget(target);
    path = partial.path;
    expect(another.path).not.toBe(path);
    writeFileSync(path, "half");
    expect(basename(path)).toMatch(/^\.m-1\.0\.zip\.bento\+.*\.partial$/);
  }
  expect(readdirSync(folder.path)).toEqual([]);
});

test("the longest names leave room for it", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["x".repeat(255), "é".repeat(127), "\u{1f600}".repeat(63)]) {
    await using partial = new StagedTarget(join(folder.path, name));
    writeFileSync(partial.path, "");
    writeFileSync(join(folder.path, name), "");
    expect(readdirSync(folder.path)).toContain(basename(partial.path));
  }
});

test("what dead processes left is removed, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  const child = spawn(process.execPath, ["--eval", ""]);
  await once(child, "close");
  await using living = new StagedTarget(at("m.tar"));
  const { place, start } = ownIdentity();
  const dead = `+${place}+${child.pid}+${start}+0123456789ab.partial`;
  const elsewhere = (age: string): string => `.${age}.bento+000000000000+1+0+0123456789ab.partial`;
  const kept = [
    basename(living.path),
    "m.tar",
    ".m.tar.partial",
    `m.bento${dead}`,
    `.m.bento${dead}.more`,
    `.m.bento+${place}+x+0+0123456789ab.partial`,
    elsewhere("young"),
  ];
  const removed = [`.m.tar.bento${dead}`, `..bento${dead}`, `.a\nb.bento${dead}`, elsewhere("old")];
  for (const name of [...kept, ...removed]) writeFileSync(at(name), "");
  mkdirSync(at(`.folder.bento${dead}`));
  writeFileSync(join(at(`.folder.bento${dead}`), "f"), "");
  const days = new Date(Date.now() - 25 * 3_600_000);
  utimesSync(at(elsewhere("old")), days, days);
  await removeStalePartials(folder.path);
  expect(readdirSync(folder.path).toSorted(byText)).toEqual(kept.toSorted(byText));
});

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

test.skipIf(process.geteuid === undefined)("what other users left, or made with such a name, is not touched", async () => {
  await using folder = await temporaryFolder();
  const child = spawn(process.execPath, ["--eval", ""]);
  await once(child, "close");
  const { place, start } = ownIdentity();
  const name = `.m.tar.bento+${place}+${child.pid}+${start}+0123456789ab.partial`;
  writeFileSync(join(folder.path, name), "");
  const user = vi.spyOn(process as Required<typeof process>, "geteuid").mockReturnValue((process.geteuid?.() ?? 0) + 1);
  try {
    await removeStalePartials(folder.path);
    expect(readdirSync(folder.path)).toEqual([name]);
  } finally {
    user.mockRestore();
  }
  await removeStalePartials(folder.path);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a folder that is not there holds none", async () => {
  await using folder = await temporaryFolder();
  await removeStalePartials(join(folder.path, "missing"));
  expect(existsSync(join(folder.path, "missing"))).toBe(false);
});
