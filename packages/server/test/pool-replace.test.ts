import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { ServiceClass } from "@bento/sdk";
import { FileModelStore } from "@bento/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type AppOptions, createApp, serve } from "../dist/index.js";
import { standInListing, wholeGpus } from "./devices/stand-in-nvidia-smi.js";
import { json, LineLogger } from "./doors.js";
import { workersOf } from "./processes.js";
import { projectFolder } from "./program.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

/**
 * A service whose start does what folders beside it say: "slow" waits for "go", "broken" fails, "broken-once" fails the
 * first time, "scarce" lets only the first that comes to "taken" start.
 */
const source = (version: string, { more = "", timeout = 20 } = {}) => `
import { appendFileSync, existsSync, mkdirSync, rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { api, BentoModel, defineService } from "@bento/sdk";
import { z } from "zod";

const at = (name) => new URL(name, import.meta.url);
const note = (line) => appendFileSync(at("diary"), line + "\\n");
note("loaded ${version} with " + process.env["CUDA_VISIBLE_DEVICES"]);
const digits = new BentoModel("digits", { optional: true });
const nothing = z.object({});

export const Changing = defineService({
  name: "Changing",
  models: { digits },
  resources: { gpu: 1 },
  traffic: { timeout: ${timeout} },
  startup: async () => {
    note("starting ${version} " + process.pid);
    if (existsSync(at("broken"))) throw new Error("a broken start");
    if (existsSync(at("broken-once"))) {
      rmdirSync(at("broken-once"));
      throw new Error("a broken start");
    }
    if (existsSync(at("scarce"))) mkdirSync(at("taken"));
    while (existsSync(at("slow")) && !existsSync(at("go"))) await sleep(5);
  },
  apis: {
    where: api({ input: nothing, output: z.any() }, (_, ctx) => ({
      version: "${version}",
      pid: process.pid,
      index: ctx.worker.index,
      model: digits.exists ? String(digits.tag) : "none",
    })),
    hold: api({ input: z.object({ ms: z.number() }), output: z.number() }, async ({ ms }) => {
      await sleep(ms);
      return process.pid;
    }),
    block: api({ input: z.object({ ms: z.number() }), output: z.number() }, ({ ms }) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      return process.pid;
    }),
    ${more}
  },
});
`;

interface Where {
  readonly version: string;
  readonly pid: number;
  readonly index: number;
  readonly model: string;
}

let folder: ReturnType<typeof projectFolder>;
beforeEach(() => {
  folder = projectFolder({ "service.mjs": source("one") });
  vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
  vi.stubEnv("BENTOML_DISABLE_GPU_ALLOCATION", "1");
});
afterEach(() => {
  vi.unstubAllEnvs();
  expect(workersOf()).toEqual([]);
  folder[Symbol.dispose]();
});

/** The service, as this process knows it, and what its start is told and tells. */
async function load() {
  const path = (name: string) => join(folder.path, name);
  const entry = pathToFileURL(path("service.mjs"));
  const { Changing } = (await import(entry.href)) as { Changing: ServiceClass };
  return {
    path,
    entry,
    Changing,
    diary: (word: string) =>
      readFileSync(path("diary"), "utf8")
        .split("\n")
        .filter((line) => line.startsWith(word)),
    set: (name: string) => mkdirSync(path(name)),
    unset: (name: string) => existsSync(path(name)) && rmdirSync(path(name)),
  };
}

async function start(options: AppOptions = {}) {
  const { path, entry, Changing, diary, set, unset } = await load();
  const logger = new LineLogger();
  // What this process itself has loaded.
  const before = diary("loaded").length;
  const store = new FileModelStore(path("home"));
  const app = await createApp(Changing, { workers: 2, mode: "pool", entry, execArgv: [], logger, store, ...options });
  const call = async (name: string, input: object = {}) => app.request(`/${name}`, json(input));
  const where = async () => (await (await call("where")).json()) as Where;
  return {
    app,
    call,
    where,
    store,
    logger,
    diary,
    loads: () => diary("loaded").slice(before),
    change: (text: string) => writeFileSync(path("service.mjs"), text),
    set,
    unset,
    /** Calls one after the other: each finds all workers free. */
    rounds: async (count: number) => {
      const answers: Where[] = [];
      while (answers.length < count) answers.push(await where());
      return answers;
    },
    errors: () => logger.lines.filter(({ level }) => level === "error").map(({ message }) => message),
    isReady: async () => (await app.request("/readyz")).status === 200,
    [Symbol.asyncDispose]: () => app.close(),
  };
}

const soon = { timeout: 20_000, interval: 20 };
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

test("a call goes to the worker that works on fewer", async () => {
  await using service = await start();
  const held = service.call("hold", { ms: 1500 });
  const others = await service.rounds(6);
  const [free] = others as [Where];
  expect(distinct(others.map(({ pid }) => pid))).toEqual([free.pid]);
  // Two there, one here.
  const more = [service.call("hold", { ms: 1500 }), service.call("hold", { ms: 1500 })];
  const busy = Number(await (await held).text());
  expect(busy).not.toBe(free.pid);
  const pids = await Promise.all(more.map(async (answer) => Number(await (await answer).text())));
  expect(pids.toSorted((a, b) => a - b)).toEqual([busy, free.pid].toSorted((a, b) => a - b));
});

test("a worn out worker serves until the one that replaces it is ready", async () => {
  await using service = await start({ workers: 1, recycle: { maxCalls: 3 }, hangTimeoutMs: 500 });
  const { pid } = await service.where();
  service.set("slow");
  await service.rounds(4);
  await expect.poll(() => service.diary("starting").length, soon).toBe(2);
  expect(distinct((await service.rounds(20)).map((answer) => answer.pid))).toEqual([pid]);
  expect([await service.isReady(), workersOf().length]).toEqual([true, 2]);
  service.set("go");
  await expect.poll(async () => (await service.where()).pid, soon).not.toBe(pid);
  expect(service.logger.lines).toEqual([]);
});

test("a worn out worker goes on where the one that was to replace it cannot start, which is told once", async () => {
  await using service = await start({ workers: 1, recycle: { maxCalls: 3 }, hangTimeoutMs: 500 });
  const { pid } = await service.where();
  service.set("broken");
  await service.rounds(4);
  await expect.poll(service.errors, soon).toEqual(["Changing[1] was to be replaced, but the new one could not start"]);
  // Many looks at the workers later.
  await service.call("hold", { ms: 1000 });
  expect([distinct((await service.rounds(5)).map((answer) => answer.pid)), await service.isReady()]).toEqual([[pid], true]);
  expect([service.diary("starting").length, service.logger.lines.length]).toEqual([2, 1]);
});

test("of two reloads at once, one that fails takes nothing from the other", async () => {
  await using service = await start();
  await service.store.create("digits:v1", {}, (draft) => draft.write("a.txt", "1"));
  await service.app.reload();
  expect(await service.where()).toMatchObject({ version: "one", model: "digits:v1" });
  await service.store.create("digits:v2", {}, (draft) => draft.write("a.txt", "2"));
  service.change(source("two"));
  service.set("broken-once");
  const [first, second] = await Promise.allSettled([service.app.reload(), service.app.reload()]);
  expect([first, second.status]).toMatchObject([{ reason: { message: expect.stringContaining("a broken start") } }, "fulfilled"]);
  const answers = await service.rounds(6);
  expect(distinct(answers.map(({ index }) => index)).length).toBe(2);
  expect(distinct(answers.map(({ version, model }) => `${version} ${model}`))).toEqual(["two digits:v2"]);
});

test("a reload that not every worker can follow holds: nobody serves the old version, and the missing ones come later", async () => {
  await using service = await start({ restart: { firstDelayMs: 20, maxDelayMs: 50, loopAfter: 1000, giveUpAfter: 1000 } });
  await service.store.create("digits:v1", {}, (draft) => draft.write("a.txt", "1"));
  service.change(source("two", { more: "extra: api({ input: nothing, output: z.number() }, () => 2)," }));
  service.set("scarce");
  await service.app.reload();
  const [one, ...others] = await service.rounds(8);
  expect(one).toMatchObject({ version: "two", model: "digits:v1" });
  expect(others).toEqual(others.map(() => one));
  expect(await (await service.call("extra")).text()).toBe("2");
  await expect.poll(() => service.logger.lines.map(({ message }) => message).join("\n"), soon).toMatch(/Changing\[2\] failed: .*EEXIST/);
  service.unset("scarce");
  await expect.poll(async () => distinct((await service.rounds(4)).map(({ index }) => index)).length, soon).toBe(2);
  expect(distinct((await service.rounds(6)).map(({ version, model }) => `${version} ${model}`))).toEqual(["two digits:v1"]);
});

test("the only worker of a GPU goes on where what was changed cannot be loaded, and leaves where it can", async () => {
  vi.stubEnv("BENTOML_DISABLE_GPU_ALLOCATION", undefined);
  await using smi = await standInListing(wholeGpus(1));
  vi.stubEnv("PATH", `${smi.folder}:${process.env["PATH"]}`);
  await using service = await start({ workers: 1 });
  const { pid } = await service.where();
  service.change(`${source("two")}\nthis is no program`);
  await expect(service.app.reload()).rejects.toThrow("Unexpected identifier");
  expect([(await service.where()).pid, workersOf(), service.logger.lines]).toEqual([pid, [pid], []]);
  service.change(source("two"));
  await service.app.reload();
  expect(await service.where()).toMatchObject({ version: "two" });
  // Looked at without the device that the old one still had.
  expect(service.loads()).toEqual(["loaded one with 0", "loaded two with ", "loaded two with 0"]);
  expect(service.diary("starting").length).toBe(2);
});

test("a worker that dies while the one that replaces it starts is told of", async () => {
  await using service = await start({ workers: 1 });
  const { pid } = await service.where();
  service.set("slow");
  const reload = service.app.reload();
  await expect.poll(() => service.diary("starting").length, soon).toBe(2);
  process.kill(pid, "SIGKILL");
  await expect
    .poll(() => service.logger.lines.map(({ message }) => message), soon)
    .toEqual(["Changing[1] ended by SIGKILL; the one that was to replace it is on its way"]);
  service.set("go");
  await reload;
  expect((await service.where()).pid).not.toBe(pid);
  expect(service.diary("starting").length).toBe(2);
});

test("the time that a call may take is the one of the last reload", async () => {
  folder[Symbol.dispose]();
  folder = projectFolder({ "service.mjs": source("one", { timeout: 0.5 }) });
  await using service = await start({ workers: 1, hangTimeoutMs: 100 });
  service.change(source("two", { timeout: 30 }));
  await service.app.reload();
  const { pid } = await service.where();
  // Silent for longer than the first version would have let it be.
  expect(await (await service.call("block", { ms: 2000 })).text()).toBe(String(pid));
});

test("workers that die again and again are not given up while a change may mend that", async () => {
  const options = { workers: 1, mode: "pool", execArgv: [], port: 0, handleSignals: false, accessLog: false, banner: false } as const;
  const { entry, Changing, diary, set, unset } = await load();
  const logger = new LineLogger();
  const restart = { firstDelayMs: 1, maxDelayMs: 10, loopAfter: 2, giveUpAfter: 3 };
  await using server = await serve(Changing, { ...options, entry, logger, restart, reload: true });
  set("broken");
  for (const pid of workersOf()) process.kill(pid, "SIGKILL");
  await expect.poll(() => diary("starting").length, soon).toBeGreaterThan(5);
  unset("broken");
  const status = async () => (await fetch(`${server.url}/where`, json({}))).status;
  await expect.poll(status, soon).toBe(200);
});
