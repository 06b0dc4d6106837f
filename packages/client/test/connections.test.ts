import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type ClientOptions, createClient, type ServiceDocument } from "../src/index.js";

interface Told {
  readonly pid: number;
  readonly connections: number;
  readonly calls: number;
}
declare class Telling {
  tell(): Promise<Told>;
}
const schema: ServiceDocument = {
  name: "t",
  routes: [{ name: "tell", route: "/tell", input: { type: "object" }, output: { type: "object" } }],
};
const file = fileURLToPath(new URL("./fixtures/keep-alive-server.mjs", import.meta.url));

/** A server that closes connections which lie idle, in a process of its own. */
async function serve(keepAliveMs: number, says: "truth" | "lies", port = 0) {
  const child = fork(file, [String(port), String(keepAliveMs), says], { execArgv: [], env: {} });
  onTestFinished(() => kill(child));
  const [told] = (await once(child, "message")) as [{ readonly port: number }];
  return { child, port: told.port };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

function client(port: number, options: ClientOptions = {}) {
  return createClient<Telling>(`http://127.0.0.1:${port}`, { schema, ...options });
}

/** Keeps this process from noticing anything, as a long computation does. */
function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("a connection that its server closed meanwhile is not used again, though this process was too busy to notice", async () => {
  const { port } = await serve(100, "lies");
  const calling = client(port, { retries: 0 });
  for (let round = 1; round <= 10; round++) {
    expect(await calling.tell()).toMatchObject({ connections: round, calls: round });
    blockFor(300);
  }
});

test.each([
  [100, 300],
  [20, 60],
])("nor after %i ms of %i when the call comes out of a timer, before anything else is looked at", async (idleMs, busyMs) => {
  const { port } = await serve(idleMs, "lies");
  const calling = client(port, { retries: 0 });
  await calling.tell();
  const [told] = await new Promise<Promise<Told>[]>((resolve) => {
    setTimeout(() => resolve([calling.tell()]), 1);
    setTimeout(() => undefined, 1);
    blockFor(busyMs);
  });
  expect(await told).toMatchObject({ connections: 2, calls: 2 });
});

test("no call is lost around the moment when idle connections end", async () => {
  const { port } = await serve(3000, "truth");
  // Each on a connection of its own, and each back a little later than the one before: from before those three seconds
  // until after the one more that Node gives.
  const calls = Array.from({ length: 100 }, async (_, index) => {
    const calling = client(port, { retries: 0 });
    await calling.tell();
    await sleep(2400 + index * 20);
    return calling.tell();
  });
  const told = await Promise.all(calls);
  expect(Math.max(...told.map((one) => one.calls))).toBe(200);
}, 30_000);

test("a server that was killed and started again is not noticed", async () => {
  const first = await serve(60_000, "truth");
  const calling = client(first.port, { retries: 0 });
  const before = await Promise.all(Array.from({ length: 8 }, () => calling.tell()));
  expect(new Set(before.map(({ pid }) => pid))).toEqual(new Set([first.child.pid]));
  await kill(first.child);
  const second = await serve(60_000, "truth", first.port);
  const after = await Promise.all(Array.from({ length: 16 }, () => calling.tell()));
  expect(new Set(after.map(({ pid }) => pid))).toEqual(new Set([second.child.pid]));
  expect(Math.max(...after.map(({ calls }) => calls))).toBe(16);
});

test("while it is away, calls wait for it; what it was working on is not run twice", async () => {
  const first = await serve(60_000, "truth");
  const calling = client(first.port);
  await calling.tell();
  await kill(first.child);
  const call = calling.tell().then((told) => told);
  const second = await serve(60_000, "truth", first.port);
  expect(await call).toMatchObject({ pid: second.child.pid, calls: 1 });
});
