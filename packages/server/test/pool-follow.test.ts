import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FileModelStore } from "@bento/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type BentoServer, serve, type ServeOptions } from "../dist/index.js";
import { json, LineLogger } from "./doors.js";
import { Following } from "./fixtures/pool-follow-service.mjs";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/pool-follow-service.mjs", import.meta.url);
const lookedAt = { timeout: 30_000 };

let home: string;
let store: FileModelStore;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "bento-follow-"));
  store = new FileModelStore(home);
  vi.stubEnv("BENTO_FOLLOW_TEST", home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

interface Answer {
  readonly text: string;
  readonly tag: string;
  readonly pid: number;
}

const save = (tag: string, text = tag) => store.create(tag, {}, (draft) => draft.write("a.txt", text));

function open(options: ServeOptions): Promise<BentoServer> {
  return serve(Following, { port: 0, entry, execArgv: [], store, accessLog: false, banner: false, handleSignals: false, ...options });
}

async function ask({ url }: BentoServer): Promise<Answer> {
  const answer = await fetch(`${url}/which`, json({}));
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** Calls without a pause, over several connections, until it is ended. */
function load(server: BentoServer): { readonly end: () => Promise<{ answers: readonly Answer[]; failures: readonly unknown[] }> } {
  const answers: Answer[] = [];
  const failures: unknown[] = [];
  const over = new AbortController();
  const calling = Array.from({ length: 6 }, async () => {
    while (!over.signal.aborted)
      await ask(server).then(
        (answer) => answers.push(answer),
        (error: unknown) => failures.push(error),
      );
  });
  const end = async () => {
    over.abort();
    await Promise.all(calling);
    return { answers, failures };
  };
  return { end };
}

/** Everybody who can be asked, by what they say often enough. */
async function versions(server: BentoServer): Promise<readonly string[]> {
  const answers = await Promise.all(Array.from({ length: 24 }, () => ask(server)));
  return [...new Set(answers.map(({ tag }) => tag))].toSorted();
}

test.each([
  ["several that take turns", { workers: 2, mode: "pool" }],
  ["one alone", { workers: 1, mode: "pool" }],
  ["several that share the port", { workers: 2, mode: "shared-port" }],
] as const)("workers are replaced when a newer model is there, and no call fails: %s", async (_, options) => {
  await save("digits:v1");
  const logger = new LineLogger();
  await using server = await open({ ...options, ...(options.mode === "pool" && { logger }) });
  expect(await versions(server)).toEqual(["digits:v1"]);
  const calling = load(server);
  await save("digits:v2");
  await expect.poll(() => versions(server), lookedAt).toEqual(["digits:v2"]);
  const { answers, failures } = await calling.end();
  expect(failures).toEqual([]);
  expect(answers.every(({ tag, text }) => tag === text)).toBe(true);
  expect(new Set(answers.map(({ tag }) => tag))).toEqual(new Set(["digits:v1", "digits:v2"]));
  await expect.poll(async () => (await fetch(`${server.url}/readyz`)).text(), lookedAt).toBe("digits:v2\n");
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const [told, ...others] = metrics.split("\n").filter((line) => line.startsWith("bentoml_service_model_info"));
  expect(told).toMatch(new RegExp(`model="digits",version="v2".* ${options.workers}$`));
  expect(others).toEqual([]);
});

test("all go on as they were where the first cannot start with the newest, until something newer is there", async () => {
  await save("digits:v1");
  const logger = new LineLogger();
  await using server = await open({ workers: 2, mode: "pool", logger });
  const pids = async () => new Set((await Promise.all(Array.from({ length: 12 }, () => ask(server)))).map(({ pid }) => pid));
  const before = await pids();
  const calling = load(server);
  await save("digits:v2", "broken");
  const refusals = () => logger.lines.filter(({ message }) => message.startsWith("Following goes on with digits:v1"));
  await expect.poll(refusals, lookedAt).toHaveLength(1);
  expect(refusals()[0]?.message).toMatch(/could not start with digits:v2.*a broken start/);
  expect(await pids()).toEqual(before);
  await save("digits:v3");
  await expect.poll(() => versions(server), lookedAt).toEqual(["digits:v3"]);
  expect((await calling.end()).failures).toEqual([]);
  expect(refusals()).toHaveLength(1);
});

test("who has started with the newest goes back where another cannot", async () => {
  await save("digits:v1");
  const logger = new LineLogger();
  await using server = await open({ workers: 2, mode: "pool", logger });
  const calling = load(server);
  await save("digits:v2", "scarce");
  await expect
    .poll(() => logger.lines.map(({ message }) => message), lookedAt)
    .toContainEqual(expect.stringMatching(/^Following goes on with digits:v1/));
  expect(await versions(server)).toEqual(["digits:v1"]);
  const { answers, failures } = await calling.end();
  expect(failures).toEqual([]);
  expect(answers.some(({ text }) => text === "scarce")).toBe(true);
});
