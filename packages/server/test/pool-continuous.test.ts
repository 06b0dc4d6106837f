import { createClient } from "@bento/client";
import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { serve, type ServeOptions } from "../dist/index.js";
import { json, LineLogger } from "./doors.js";
import { Continuous } from "./fixtures/continuous-service.mjs";
import { workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/continuous-service.mjs", import.meta.url);
const patient = { timeout: 20_000 };

async function started(options: Partial<ServeOptions> = {}) {
  const quiet = { banner: false, accessLog: false, handleSignals: false, logger: new LineLogger() } as const;
  const server = await serve(Continuous, { ...quiet, workers: 2, mode: "pool", entry, execArgv: [], port: 0, ...options });
  const client = createClient<InstanceType<typeof Continuous>>(server.url);
  return { client, url: server.url, [Symbol.asyncDispose]: () => server.close() };
}

const upTo = (to: number): number[] => Array.from({ length: to }, (_, n) => n);

/** An endless call: its response, and what ends it. */
async function endless(url: string, name: string) {
  const leaving = new AbortController();
  const response = await fetch(`${url}/count`, { ...json({ to: -1, name }), signal: leaving.signal });
  return { response, leave: () => leaving.abort() };
}

test("sequences run together in both workers, and each caller gets its own items in order", async () => {
  await using service = await started();
  const lengths = Array.from({ length: 24 }, (_, at) => 5 + ((at * 7) % 40));
  const answers = await Promise.all(lengths.map((to) => service.client.count({ to })));
  expect(answers.map((items) => items.map(({ n }) => n))).toEqual(lengths.map(upTo));
  for (const items of answers) expect(new Set(items.map(({ pid }) => pid)).size).toBe(1);
  expect(new Set(answers.flat().map(({ pid }) => pid))).toEqual(new Set(workersOf()));
  expect(Math.max(...answers.flat().map(({ size }) => size))).toBe(4);
});

test("a caller that disconnects leaves its worker's batch, is cleaned up after, and its place is the next one's", async () => {
  await using service = await started({ workers: 1 });
  const all = await Promise.all(["a", "b", "c", "d"].map((name) => endless(service.url, name)));
  // One more than may run is in the worker already, and another waits here.
  const waiting = ["e", "f"].map((name) => Promise.resolve(service.client.count({ to: 1, name })));
  all[1]?.leave();
  await expect.poll(() => service.client.left({}), patient).toContain("b");
  for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject([{ n: 0, size: 4 }]);
  expect(await service.client.left({})).toEqual(["b", "e", "f"]);
  for (const { leave } of all) leave();
  await expect.poll(() => service.client.left({}), patient).toHaveLength(6);
});

test("beyond what may run and wait calls are refused, and who waits too long is never begun", async () => {
  await using service = await started({ workers: 1 });
  const running = await Promise.all(["a", "b", "c", "d"].map((name) => endless(service.url, name)));
  const ask = async (name: string, patience: string) =>
    (await fetch(`${service.url}/count`, json({ to: 1, name }, { "x-request-timeout": patience }))).status;
  expect(await ask("late", "0.1")).toBe(504);
  // One in the worker, twenty here.
  const waiting = Array.from({ length: 21 }, () => ask("waits", "3"));
  await expect.poll(() => ask("more", "2"), { ...patient, interval: 1 }).toBe(503);
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => 504));
  for (const { leave } of running) leave();
  await expect.poll(() => service.client.left({}), patient).toHaveLength(4);
  expect(await service.client.left({})).not.toContain("late");
});

test("a worker that dies fails its streams, and no others; what comes then goes to those that are left", async () => {
  await using service = await started();
  const items = Array.from({ length: 4 }, () => service.client.count({ to: -1 })[Symbol.asyncIterator]());
  const pids = (await Promise.all(items.map((each) => each.next()))).map(({ value }) => (value as { pid: number }).pid);
  expect(new Set(pids).size).toBe(2);
  const [doomed = 0] = pids;
  process.kill(doomed, "SIGKILL");
  for (const [at, each] of items.entries()) {
    if (pids[at] === doomed) await expect(drained(each)).rejects.toMatchObject({ code: "BENTO_WORKER_DIED" });
    else expect((await each.next()).done).toBe(false);
  }
  expect((await service.client.count({ to: 3 })).map(({ n }) => n)).toEqual(upTo(3));
  await Promise.all(items.map(async (each) => each.return?.()));
});

async function drained(items: AsyncIterator<unknown>): Promise<void> {
  while ((await items.next()).done !== true);
}

test("a finished sequence whose caller reads nothing gives its place back", async () => {
  await using service = await started({ workers: 1 });
  // Five fill the worker; what they emit fits what is under way.
  const unread = await Promise.all(Array.from({ length: 5 }, () => endlessOf(service.url, 3)));
  expect((await service.client.count({ to: 2 })).map(({ n }) => n)).toEqual([0, 1]);
  for (const { body } of unread) await body?.cancel();
});

function endlessOf(url: string, to: number): Promise<Response> {
  return fetch(`${url}/count`, json({ to }));
}

test("workers of a service that takes steps get their calls from the server, and refuse to share its port", async () => {
  // Left to itself, a service with two workers shares the port; nothing else stands against it here.
  await using service = await started({ mode: undefined, logger: undefined });
  expect((await service.client.count({ to: 2 })).map(({ n }) => n)).toEqual([0, 1]);
  await expect(started({ mode: "shared-port", logger: undefined })).rejects.toMatchObject({
    code: "BENTO_CONFIG_INVALID",
    message: expect.stringContaining("the api count gathers") as string,
  });
});
