import { expect, test } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp } from "../dist/index.js";
import { Pooled } from "./fixtures/pool-service.mjs";
import { json } from "./doors.js";

const entry = new URL("fixtures/pool-service.mjs", import.meta.url);

interface Where {
  readonly pid: number;
  readonly worker: { readonly index: number; readonly count: number };
  readonly requestId: string;
  readonly method: string;
}

async function pool(options: object = {}) {
  const app = await createApp(Pooled, { workers: 2, entry, execArgv: [], ...options });
  const call = (name: string, input: object = {}) => app.request(`/${name}`, json(input));
  return { app, call, [Symbol.asyncDispose]: () => app.close() };
}

test("calls run in the worker processes, in turns, and know where they are", async () => {
  await using service = await pool();
  const places = await Promise.all(Array.from({ length: 8 }, async () => (await (await service.call("where")).json()) as Where));
  expect(new Set(places.map(({ pid }) => pid)).size).toBe(2);
  expect(places.every(({ pid }) => pid !== process.pid)).toBe(true);
  expect(new Set(places.map(({ worker }) => `${worker.index} of ${worker.count}`))).toEqual(new Set(["1 of 2", "2 of 2"]));
  expect(places[0]?.method).toBe("POST");
});

test("answers, failures and what the method adds come through as from one process", async () => {
  await using service = await pool({ workers: 1, mode: "pool" });
  expect(await (await service.call("echo", { text: "hä?" })).text()).toBe("hä?");
  const refused = await service.call("refuse");
  expect([refused.status, await refused.json()]).toEqual([404, [{ code: "BENTO_NOT_FOUND", error: "no such cat", hint: "Ask for a dog." }]]);
  const failed = await service.call("fail");
  expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining("secret")]);
  const invalid = await service.call("echo", { text: 1 });
  expect(invalid.status).toBe(400);
  const tea = await service.call("teapot");
  expect([tea.status, tea.headers.get("x-tea"), await tea.text()]).toEqual([418, "green", "short and stout"]);
});

test("large bodies and streams cross in pieces", async () => {
  await using service = await pool();
  const text = "é".repeat(3_000_000);
  expect(await (await service.call("echo", { text })).text()).toBe(text);
  expect((await (await service.call("big", { length: 20_000_000 })).text()).length).toBe(20_000_000);
  expect(await (await service.call("count", { to: 2000 })).text()).toBe(Array.from({ length: 2000 }, (_, n) => n + 1).join(""));
});

test("a worker that dies fails its own calls alone, and another one takes its place", async () => {
  await using service = await pool();
  const held = service.call("hold", { ms: 300 });
  const died = await service.call("die");
  expect(died.status).toBe(503);
  expect(await died.json()).toMatchObject({ code: "BENTO_WORKER_DIED" });
  expect([200, 503]).toContain((await held).status);
  expect((await service.call("echo", { text: "still here" })).status).toBe(200);
});
