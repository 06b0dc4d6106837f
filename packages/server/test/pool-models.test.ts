import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FileModelStore } from "@bento/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp } from "../dist/index.js";
import { json } from "./doors.js";
import { Asking, Constructing, Deploying } from "./fixtures/pool-models-service.mjs";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/pool-models-service.mjs", import.meta.url);

let home: string;
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "bento-pool-"))));
afterEach(() => {
  vi.unstubAllGlobals();
  rmSync(home, { recursive: true });
  delete process.env["BENTOML_HOME"];
});

interface Answer {
  readonly pid: number;
  readonly digits: string;
  readonly extra: string;
}

test.each([
  ["a method", "of a store that was given", Asking],
  ["a method", "of BENTOML_HOME", Asking],
  ["the constructor", "of a store that was given", Constructing],
  ["the constructor", "of BENTOML_HOME", Constructing],
] as const)(
  "workers that start later serve the same models as the first, until a reload: asked for in %s, %s",
  async (_, where, service) => {
    const store = new FileModelStore(home);
    const save = async (tag: string) => store.create(tag, {}, (draft) => draft.write("a.txt", tag));
    if (where.includes("HOME")) process.env["BENTOML_HOME"] = home;
    await save("digits:v1");
    await using app = await createApp(service, {
      workers: 1,
      mode: "pool",
      entry,
      execArgv: [],
      ...(where.includes("given") && { store }),
    });
    const which = async (): Promise<Answer> => {
      const answer = await app.request("/which", json({}));
      // A call may still have been given to the worker that was killed.
      return answer.status === 503 ? which() : ((await answer.json()) as Answer);
    };
    const first = await which();
    await Promise.all([save("digits:v2"), save("extra:v1")]);
    process.kill(first.pid, "SIGKILL");
    await expect.poll(async () => (await which()).pid, { timeout: 20_000 }).not.toBe(first.pid);
    expect(await which()).toMatchObject({ digits: "digits:v1", extra: "none" });
    await app.reload();
    const reloaded = await which();
    expect(reloaded).toMatchObject({ digits: "digits:v2", extra: "extra:v1" });
    // From then on these are what stays.
    await save("digits:v3");
    process.kill(reloaded.pid, "SIGKILL");
    await expect.poll(async () => (await which()).pid, { timeout: 20_000 }).not.toBe(reloaded.pid);
    expect(await which()).toMatchObject({ digits: "digits:v2", extra: "extra:v1" });
  },
);

test.each(["in-process", "pool"] as const)("deployment hooks run when the models are there, and not before: %s", async (mode) => {
  const seen: string[] = [];
  vi.stubGlobal("deployedWith", seen);
  const store = new FileModelStore(home);
  const options = { workers: 1, mode, entry, execArgv: [], store };
  await expect(createApp(Deploying, options)).rejects.toMatchObject({ code: "BENTO_MODEL_NOT_FOUND" });
  expect(seen).toEqual([]);
  await store.create("digits:v1", {}, (draft) => draft.write("a.txt", "1"));
  await using app = await createApp(Deploying, options);
  expect(seen).toEqual(["digits:v1"]);
  expect(await (await app.request("/which", json({}))).json()).toEqual({ digits: "digits:v1" });
});
