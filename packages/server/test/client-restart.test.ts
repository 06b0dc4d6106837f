import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { type ClientOptions, createClient } from "@bento/client";
import { expect, onTestFinished, test } from "vitest";

declare class Telling {
  tell(): Promise<{ pid: number; calls: number }>;
  hold(): Promise<string>;
}

/** A server in a process of its own, which runs the built packages. */
async function start(port = 0) {
  const child = fork(fileURLToPath(new URL("fixtures/serve-for-client.mjs", import.meta.url)), [String(port)], { execArgv: [] });
  onTestFinished(() => kill(child));
  const died = once(child, "exit").then(() => Promise.reject(new Error("the program ended: are the packages built?")));
  const [told] = (await Promise.race([once(child, "message"), died])) as [{ readonly url: string }];
  died.catch(() => undefined);
  return { child, url: told.url, port: Number(new URL(told.url).port) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

function client(url: string, options: ClientOptions = {}) {
  return createClient<Telling>(url, options);
}

test("the next call does not notice that its server was killed and is another by now", async () => {
  const first = await start();
  const calling = client(first.url, { retries: 0 });
  const before = await Promise.all(Array.from({ length: 8 }, () => calling.tell()));
  expect(new Set(before.map(({ pid }) => pid))).toEqual(new Set([first.child.pid]));
  await kill(first.child);
  const second = await start(first.port);
  const after = await Promise.all(Array.from({ length: 16 }, () => calling.tell()));
  expect(new Set(after.map(({ pid }) => pid))).toEqual(new Set([second.child.pid]));
  expect(Math.max(...after.map(({ calls }) => calls))).toBe(16);
});

test("a call while it is away waits until it is back; one that it was working on does not run twice", async () => {
  const first = await start();
  const calling = client(first.url, { retries: 8 });
  await calling.tell();
  const held = calling.hold().catch((error: unknown) => error);
  await once(first.child, "message");
  await kill(first.child);
  const waiting = calling.tell().then((told) => told);
  const ready = client(first.url).waitUntilReady();
  const second = await start(first.port);
  await ready;
  expect(await waiting).toEqual({ pid: second.child.pid, calls: 1 });
  expect(await held).toMatchObject({ code: "BENTO_REMOTE_FAILED", hint: expect.stringContaining("idempotent") as string });
});
