import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildBento, temporaryFolder } from "./bento.js";

// Real processes on a busy machine take their time.
vi.setConfig({ testTimeout: 60_000 });

const folder = temporaryFolder();
const home = join(folder.path, "home");
let bin: string;

beforeAll(async () => {
  bin = buildBento();
  await new FileModelStore(home).create("digits:v1", (draft) => draft.write("weights.bin", new Uint8Array(5_000_000)));
}, 60_000);
afterAll(() => folder[Symbol.dispose]());

function start(args: readonly string[], at = home) {
  const child = spawn(process.execPath, [bin, "--home", at, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (stderr += piece));
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, stderr: () => stderr, ended };
}

test("one process exports to stdout, another imports from stdin", async () => {
  const other = join(folder.path, "piped");
  const from = start(["models", "export", "digits", "-", "--format", "tar"]);
  const to = start(["models", "import", "-"], other);
  from.child.stdout.pipe(to.child.stdin);
  to.child.stdout.resume();
  expect(await Promise.all([from.ended, to.ended])).toEqual([
    [0, null],
    [0, null],
  ]);
  expect([from.stderr(), to.stderr()]).toEqual(['Model(tag="digits:v1") exported.\n', ""]);
  expect((await (await new FileModelStore(other).get("digits")).verify()).status).toBe("ok");
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s during an import ends it with %d, at once, although more input may come; nothing is left", async (signal, code) => {
  const other = join(folder.path, signal);
  const { child, stderr, ended } = start(["models", "import", "-", "--format", "tar"], other);
  child.stdout.resume();
  child.stdin.on("error", () => {});
  const exported = start(["models", "export", "digits", "-", "--format", "tar"]);
  for await (const chunk of exported.child.stdout) {
    child.stdin.write(chunk);
    break;
  }
  exported.child.kill("SIGKILL");
  await vi.waitUntil(() => existsSync(join(other, "tmp")) && readdirSync(join(other, "tmp")).length > 0, { timeout: 30_000 });
  child.kill(signal);
  expect(await ended).toEqual([code, null]);
  expect(stderr()).toBe(`error: Interrupted by ${signal}; what was half done is removed.\n`);
  expect(await new FileModelStore(other).listTags()).toEqual([]);
  expect(readdirSync(join(other, "tmp"))).toEqual([]);
});

test("an archive whose reader goes away is no success, and nobody is told", async () => {
  const { child, stderr, ended } = start(["models", "export", "digits", "-", "--format", "tar"]);
  child.stdout.destroy();
  expect(await ended).toEqual([141, null]);
  expect(stderr()).toBe("");
});

test("an archive whose reader has seen enough of it is no success either", async () => {
  const { child, stderr, ended } = start(["models", "export", "digits", "-", "--format", "tar"]);
  for await (const chunk of child.stdout) {
    expect(chunk).not.toHaveLength(0);
    break;
  }
  expect(await ended).toEqual([141, null]);
  expect(stderr()).toBe("");
});

test("an input that is no archive ends the process although the input stays open", async () => {
  const { child, ended } = start(["models", "import", "-"], join(folder.path, "wrong"));
  child.stdin.on("error", () => {});
  child.stdout.resume();
  child.stdin.write("this is no archive".repeat(1000));
  expect(await ended).toEqual([1, null]);
});
