import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp } from "../dist/index.js";
import { HubServer } from "../../../test/support/hub-server.js";
import { json } from "./doors.js";
import { Hub } from "./fixtures/pool-hub-service.mjs";

vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/pool-hub-service.mjs", import.meta.url);

let hub: HubServer;
let home: string;
beforeEach(async () => {
  hub = await HubServer.start();
  home = mkdtempSync(join(tmpdir(), "bento-hub-"));
  for (const name of ["HF_TOKEN", "HF_HUB_CACHE", "BENTOML_HF_CACHE_DIR", "HF_HUB_OFFLINE"]) vi.stubEnv(name, undefined);
  vi.stubEnv("HF_HOME", home);
  vi.stubEnv("HF_ENDPOINT", hub.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub[Symbol.asyncDispose]();
  rmSync(home, { recursive: true });
});

interface Answer {
  readonly pid: number;
  readonly commit: string;
  readonly config: string;
}

test("all workers serve the commit that the first of them found, whenever they start, until a reload", async () => {
  const commit = hub.commit("Org/Tiny", { "config.json": "first" });
  await using app = await createApp(Hub, { workers: 2, mode: "pool", entry, execArgv: [] });
  const which = async (): Promise<Answer> => {
    const answer = await app.request("/which", json({}));
    // A call may still have been given to the worker that was killed.
    return answer.status === 503 ? which() : ((await answer.json()) as Answer);
  };
  const first = await which();
  expect(first).toMatchObject({ commit, config: "first" });
  // Two workers, one download.
  expect(hub.requests.filter(({ path }) => path.includes("resolve-cache"))).toHaveLength(1);

  const newer = hub.commit("Org/Tiny", { "config.json": "second" });
  hub.requests.length = 0;
  process.kill(first.pid, "SIGKILL");
  const others = async () => (await Promise.all(Array.from({ length: 10 }, which))).filter(({ pid }) => pid !== first.pid);
  await expect.poll(async () => new Set((await others()).map(({ pid }) => pid)).size, { timeout: 20_000 }).toBe(2);
  expect(new Set((await others()).map((answer) => answer.commit))).toEqual(new Set([commit]));
  // The one that started anew had its commit from the server, and its files from the cache.
  expect(hub.requests).toEqual([]);

  await app.reload();
  expect(await which()).toMatchObject({ commit: newer, config: "second" });
});
