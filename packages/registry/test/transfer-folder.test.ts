import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownIdentity } from "@bento/store/archives";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TransferFolder } from "../src/transfer/transfer-folder.js";

let root: string;
beforeEach(() => void (root = join(mkdtempSync(join(tmpdir(), "bento-transfers-")), "transfers")));
afterEach(() => rmSync(join(root, ".."), { recursive: true, force: true }));

const what = ["pull", "clf:v1"];

/** Leaves a folder behind as a process that was killed does. */
async function abandoned(): Promise<string> {
  const folder = await TransferFolder.open(root, what);
  folder.journal.append({ part: 1 });
  await folder.journal.flush();
  await folder[Symbol.asyncDispose]();
  const [key] = readdirSync(root) as [string];
  // A number that no process can have.
  const path = join(root, `${key}+${ownIdentity().place}+4194999+1+00000000`);
  mkdirSync(path);
  writeFileSync(join(path, "journal.jsonl"), '{"part":2}\n');
  rmSync(join(root, key), { recursive: true });
  return path;
}

test("what was let go of is there for the next one, and gone once the transfer is through", async () => {
  const first = await TransferFolder.open(root, what);
  first.journal.append({ part: 1 });
  await first[Symbol.asyncDispose]();
  await using other = await TransferFolder.open(root, ["pull", "clf:v2"]);
  expect(other.journal.earlier).toEqual([]);
  const second = await TransferFolder.open(root, what);
  expect(second.journal.earlier).toEqual([{ part: 1 }]);
  await second.done();
  expect(existsSync(second.path)).toBe(false);
  await using third = await TransferFolder.open(root, what);
  expect(third.journal.earlier).toEqual([]);
});

test("what a killed process left is taken over", async () => {
  await abandoned();
  await using folder = await TransferFolder.open(root, what);
  expect(folder.journal.earlier).toEqual([{ part: 2 }]);
  expect(readdirSync(root)).toHaveLength(1);
});

test("what a killed process left of a transfer that is through is forgotten, but nothing that others do", async () => {
  await TransferFolder.forget(root, what);
  const path = await abandoned();
  await using running = await TransferFolder.open(root, ["pull", "clf:v2"]);
  await TransferFolder.forget(root, ["pull", "clf:v2"]);
  expect(readdirSync(root)).toHaveLength(2);
  await TransferFolder.forget(root, what);
  expect([existsSync(path), existsSync(running.path)]).toEqual([false, true]);
});

test("two at once have a folder each, and what both let go of is kept once", async () => {
  const first = await TransferFolder.open(root, what);
  const second = await TransferFolder.open(root, what);
  expect(second.path).not.toBe(first.path);
  await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
  expect(readdirSync(root)).toHaveLength(1);
});

test("of several that find what a dead process left, one has it", async () => {
  await abandoned();
  const folders = await Promise.all(Array.from({ length: 5 }, () => TransferFolder.open(root, what)));
  expect(folders.filter(({ journal }) => journal.earlier.length === 1)).toHaveLength(1);
  for (const folder of folders) await folder.done();
  expect(readdirSync(root)).toEqual([]);
});

test("after seven days without anybody it is removed, but not under a process that lives", async () => {
  const path = await abandoned();
  await using held = await TransferFolder.open(root, ["something else"]);
  const longAgo = new Date(Date.now() - 8 * 24 * 3_600_000);
  for (const each of [path, held.path]) for (const at of [join(each, "journal.jsonl"), each]) utimesSync(at, longAgo, longAgo);
  await using other = await TransferFolder.open(root, ["another"]);
  expect(existsSync(path)).toBe(false);
  expect(existsSync(held.path)).toBe(true);
  expect(existsSync(other.path)).toBe(true);
});
