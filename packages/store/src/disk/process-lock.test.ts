import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownIdentity } from "./process-identity.js";
import { type LockHolder, withProcessLock } from "./process-lock.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bento-lock-"));
  path = join(folder, "locks", "a.lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

function leave(holder: Partial<LockHolder> | string): void {
  mkdirSync(join(folder, "locks"));
  const text = typeof holder === "string" ? holder : JSON.stringify({ ...ownIdentity(), nonce: "other", ...holder });
  writeFileSync(path, text);
}

/** The number of a process that has ended. */
function deadPid(): number {
  return Number(spawnSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).stdout);
}

test("one at a time has it, and nothing is left", async () => {
  let inside = 0;
  const seen: number[] = [];
  const work = async (): Promise<void> => {
    seen.push((inside += 1));
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 5 }, () => withProcessLock(path, work)));
  expect([seen, readdirSync(join(folder, "locks"))]).toEqual([[1, 1, 1, 1, 1], []]);
});

test("who waits is told once who has it, and can be called off", async () => {
  const holders: (LockHolder | undefined)[] = [];
  await withProcessLock(path, async () => {
    const calling = new AbortController();
    const waiting = withProcessLock(path, async () => undefined, {
      signal: calling.signal,
      onWait: (holder) => {
        holders.push(holder);
        calling.abort(new Error("enough"));
      },
    });
    await expect(waiting).rejects.toThrow("enough");
  });
  expect(holders).toEqual([expect.objectContaining({ pid: process.pid })]);
});

test.each([
  ["died", () => leave({ pid: deadPid() })],
  ["had the number of a living process before it", () => leave({ start: "1" })],
  ["has been silent on another machine", () => (leave({ place: "elsewhere" }), utimesSync(path, 0, 0))],
  ["died before it could write its name", () => (leave(""), utimesSync(path, 0, 0))],
])("of several, one after the other takes over from a holder that %s", async (_, prepare) => {
  prepare();
  let inside = 0;
  const most: number[] = [];
  const work = async (): Promise<void> => {
    most.push((inside += 1));
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all([withProcessLock(path, work), withProcessLock(path, work), withProcessLock(path, work)]);
  expect([most, readdirSync(join(folder, "locks"))]).toEqual([[1, 1, 1], []]);
});

test.each([
  ["lives", {}],
  ["may live on another machine", { place: "elsewhere" }],
])("a holder that %s is waited for", async (_, holder) => {
  leave(holder);
  const told = await new Promise((resolve) => {
    const calling = new AbortController();
    const options = { signal: calling.signal, onWait: (who: unknown) => (calling.abort(), resolve(who)) };
    withProcessLock(path, async () => undefined, options).catch(() => undefined);
  });
  expect(told).toMatchObject({ nonce: "other", ...holder });
});

test("what the work throws comes through, and the lock is free again", async () => {
  await expect(withProcessLock(path, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await withProcessLock(path, async () => "again")).toBe("again");
});
