import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { MemoryModelStore } from "@bento/store";
import type { ServiceClass } from "@bento/sdk";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type AppOptions, createApp, serve } from "../dist/index.js";
import { json, LineLogger } from "./doors.js";
import * as services from "./fixtures/pool-start-service.mjs";
import { workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/pool-start-service.mjs", import.meta.url);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bento-pool-"));
  process.env["POOL_TEST_FOLDER"] = folder;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the services noted, without the numbers of their processes. */
function diary(): readonly string[] {
  return diaryLines().map((line) => line.replace(/ \d+$/, ""));
}

function diaryLines(): readonly string[] {
  try {
    return readFileSync(join(folder, "diary"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

/** What a start fails with; nothing of it may be left. */
async function failure(service: ServiceClass, options: AppOptions = {}): Promise<Record<string, unknown>> {
  const pool = { workers: 1, mode: "pool", entry, execArgv: [], ...options } as const;
  const error: unknown = await createApp(service, pool).then(
    () => expect.unreachable("it started"),
    (thrown: unknown) => thrown,
  );
  expect(workersOf()).toEqual([]);
  return error as Record<string, unknown>;
}

test("what a constructor throws is what createApp throws, with its stack", async () => {
  const error = await failure(services.ConstructorThrows);
  expect(error).toMatchObject({ name: "TypeError", message: "no weights here" });
  expect(error["stack"]).toContain("pool-start-service.mjs");
});

test("a module that cannot be loaded says why", async () => {
  const error = await failure(services.Living, { entry: new URL("fixtures/pool-broken-module.mjs", import.meta.url) });
  expect(String((error["cause"] as Error | undefined)?.stack ?? error["stack"])).toContain("pool-broken-module.mjs");
  expect(JSON.stringify([error["message"], (error["cause"] as Error | undefined)?.message])).toContain("no such module");
});

test("a failing start-up hook says which and why, and everybody's shutdown hooks run", async () => {
  const error = await failure(services.HookFails, { workers: 2 });
  expect(error).toMatchObject({ code: "BENTO_SERVICE_INVALID", message: expect.stringMatching(/start-up hook.*HookFails.*no such file/) });
  expect((error["cause"] as Error).stack).toContain("pool-start-service.mjs");
  const opened = diaryLines().filter((line) => line.startsWith("opened"));
  expect(opened.length).toBeGreaterThan(0);
  expect(diaryLines()).toEqual(expect.arrayContaining(opened.map((line) => line.replace("opened", "closed"))));
});

test("serve() rejects with it too, and listens to nothing", async () => {
  const options = { workers: 1, mode: "pool", entry, execArgv: [], port: 0, logger: new LineLogger(), handleSignals: false } as const;
  await expect(serve(services.HookFails, options)).rejects.toMatchObject({ code: "BENTO_SERVICE_INVALID" });
  expect(workersOf()).toEqual([]);
});

test.each(["pool", "shared-port"] as const)("no worker is started for a port that is taken: %s", async (mode) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  // Deployment hooks run here, before any worker starts, and would be noted.
  const options = { workers: 2, mode, entry, execArgv: [], port, handleSignals: false, accessLog: false } as const;
  await expect(serve(services.Living, options)).rejects.toMatchObject({
    code: "BENTO_LISTEN_FAILED",
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
  expect(diary()).toEqual([]);
  taken.close();
});

test("a start-up hook that hangs, or blocks its event loop, is named when the time is over", async () => {
  const pool = { workers: 1, mode: "pool", entry, execArgv: [], startTimeoutMs: 4000, shutdownTimeoutMs: 100 } as const;
  const starts = [services.HookHangs, services.HookBlocks].map(async (service) => createApp(service, pool));
  for (const { status, ...outcome } of await Promise.allSettled(starts)) {
    expect([status, (outcome as PromiseRejectedResult).reason]).toMatchObject([
      "rejected",
      {
        code: "BENTO_WORKER_FAILED",
        message: expect.stringMatching(/was not ready after 4 seconds: it was still running the start-up hook "#startup"/),
        hint: expect.stringContaining("startTimeoutMs"),
      },
    ]);
  }
  expect(workersOf()).toEqual([]);
});

test("a worker that exits in its start says how", async () => {
  const error = await failure(services.ExitsInStart);
  expect(error).toMatchObject({
    code: "BENTO_WORKER_FAILED",
    message: expect.stringMatching(/ExitsInStart\[\d\] ended with exit code 3 before/),
  });
});

test("what is thrown beside the start is what there is to tell", async () => {
  const error = await failure(services.ThrowsBesideStart);
  expect(error).toMatchObject({ name: "RangeError", message: "thrown beside the start" });
});

test("the deployment hook runs once, before all workers; theirs run once in each", async () => {
  const app = await createApp(services.Living, { workers: 2, mode: "pool", entry, execArgv: [] });
  expect(diary()).toEqual(["deployed", "started", "started"]);
  expect(diaryLines()[0]).toBe(`deployed ${process.pid}`);
  await Promise.all([app.close(), app.close()]);
  expect(diary().slice(3)).toEqual(["shut down", "shut down"]);
  expect(workersOf()).toEqual([]);
  expect((await app.request("/pid", json({}))).status).toBe(503);
});

test("a deployment hook that fails or hangs starts no worker", async () => {
  expect(await failure(services.DeploymentFails)).toMatchObject({ message: expect.stringContaining("no table") });
  expect(await failure(services.DeploymentHangs, { startTimeoutMs: 50 })).toMatchObject({
    code: "BENTO_SERVICE_INVALID",
    message: expect.stringMatching(/deployment hook.*was not done after 0.05 seconds/),
  });
  expect(diary()).toEqual([]);
});

test("a shutdown hook that hangs is not waited for for ever", async () => {
  const app = await createApp(services.ShutdownHangs, { workers: 1, mode: "pool", entry, execArgv: [], shutdownTimeoutMs: 50 });
  await expect(app.close()).rejects.toMatchObject({
    code: "BENTO_SERVICE_INVALID",
    message: expect.stringMatching(/shutdown hook.*ShutdownHangs.*was not done after 0.05 seconds/),
  });
  expect(diary()).toEqual(["shutting down"]);
  expect(workersOf()).toEqual([]);
});

test("what cannot work in other processes is refused before anything starts", async () => {
  expect(await failure(services.Living, { entry: undefined })).toMatchObject({
    code: "BENTO_CONFIG_INVALID",
    hint: expect.stringContaining("entry: import.meta.url"),
  });
  expect(await failure(services.Living, { store: new MemoryModelStore() })).toMatchObject({
    code: "BENTO_CONFIG_INVALID",
    message: expect.stringContaining("cannot see the models"),
  });
  const unusable: AppOptions[] = [
    { startTimeoutMs: Infinity },
    { shutdownTimeoutMs: -1 },
    { hangTimeoutMs: 0 },
    { restart: { maxDelayMs: 1e12 } },
    { recycle: { maxCalls: 0 } },
  ];
  for (const options of unusable) expect(await failure(services.Living, options)).toMatchObject({ code: "BENTO_CONFIG_INVALID" });
  expect(diary()).toEqual([]);
});

test("a crash loop is told by /readyz, calls fail at once, and it ends when the cause is gone", async () => {
  const logger = new LineLogger();
  await using app = await createApp(services.Sickly, {
    workers: 1,
    mode: "pool",
    entry,
    execArgv: [],
    logger,
    restart: { firstDelayMs: 1, maxDelayMs: 20, loopAfter: 2, giveUpAfter: 1000 },
  });
  expect((await app.request("/readyz")).status).toBe(200);
  for (const pid of workersOf()) process.kill(pid, "SIGKILL");
  const readyz = async () => {
    const response = await app.request("/readyz");
    return [response.status, response.status === 200 ? undefined : ((await response.json()) as { code: string }).code];
  };
  await expect.poll(readyz, { timeout: 10_000 }).toEqual([503, "BENTO_CRASH_LOOP"]);
  const call = await app.request("/pid", json({}));
  expect([call.status, await call.json()]).toEqual([503, expect.objectContaining({ code: "BENTO_CRASH_LOOP" })]);
  const told = logger.lines.find(({ message }) => message.includes("a crash loop"));
  expect(told).toMatchObject({ level: "error", fields: { err: { message: expect.stringContaining("ill") } } });
  mkdirSync(join(folder, "medicine"));
  await expect.poll(async () => (await app.request("/pid", json({}))).status, { timeout: 10_000 }).toBe(200);
  expect(await readyz()).toEqual([200, undefined]);
});
