import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Journal } from "../src/transfer/journal.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bento-journal-"));
  path = join(folder, "j.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what was appended is there for the next who opens it, in order", async () => {
  await using first = await Journal.open(path);
  expect(first.earlier).toEqual([]);
  for (let index = 0; index < 1000; index += 1) first.append({ index });
  await first.flush();
  await using second = await Journal.open(path);
  expect(second.earlier).toEqual(Array.from({ length: 1000 }, (_, index) => ({ index })));
});

test("a torn line is passed over, and does not swallow what comes behind it", async () => {
  appendFileSync(path, '{"a":1}\n{"b":');
  {
    await using journal = await Journal.open(path);
    expect(journal.earlier).toEqual([{ a: 1 }]);
    journal.append({ c: 3 });
  }
  await using again = await Journal.open(path);
  expect(again.earlier).toEqual([{ a: 1 }, { c: 3 }]);
  expect(readFileSync(path, "utf8")).toBe('{"a":1}\n{"b":\n{"c":3}\n');
});

test("a disk that refuses says so to whoever flushes", async () => {
  await expect(Journal.open(folder)).rejects.toMatchObject({ code: "BENTO_STORE_FAILED" });
});
