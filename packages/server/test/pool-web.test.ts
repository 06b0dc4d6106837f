import { afterEach, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type AppOptions, createApp, serve } from "../dist/index.js";
import { json, LineLogger } from "./doors.js";
import { samplesOf, valueOf } from "./exposition.js";
import { Web } from "./fixtures/web-service.mjs";
import { workersOf } from "./processes.js";
import { expectCookies, expectHealth, expectMounts, expectOwnResponses, expectParams } from "./web-checks.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/web-service.mjs", import.meta.url);

async function pool(options: AppOptions = {}) {
  const app = await createApp(Web, { workers: 2, mode: "pool", entry, execArgv: [], logger: new LineLogger(), ...options });
  const ask = async (path: string, init?: RequestInit) => app.request(path, init);
  const post = async (path: string, input: object = {}) => (await ask(path, json(input))).json();
  return { ask, post, [Symbol.asyncDispose]: () => app.close() };
}

afterEach(() => expect(workersOf()).toEqual([]));

test("parameters, cookies, responses of a method's own and mounted apps come through whole", async () => {
  await using web = await pool();
  await expectParams(web.ask);
  await expectCookies(web.ask);
  await expectOwnResponses(web.ask);
  await expectMounts(web.ask);
});

test("a reader that leaves ends the stream in the worker", async () => {
  await using web = await pool({ workers: 1 });
  const reader = (await web.ask("/endless", json({}))).body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("first");
  await reader?.cancel();
  await expect.poll(() => web.post("/ended")).toEqual(["cancelled"]);
});

test("all workers are asked how they are", async () => {
  await using web = await pool();
  /** One of the two feels so, whichever gets the call; the other feels well. */
  const feel = async (feeling: object): Promise<void> => {
    const told = new Set<unknown>();
    while (told.size < 2) for (const pid of await Promise.all([web.post("/feel"), web.post("/feel")])) told.add(pid);
    await web.post("/feel", feeling);
  };
  await expectHealth(web.ask, feel);
});

test("measures are the sum over all workers, also of those that died", async () => {
  await using web = await pool();
  const counted = async () => {
    const samples = samplesOf(await (await web.ask("/metrics")).text());
    return {
      calls: valueOf(samples, "web_service_calls_total", { kind: "a" }),
      level: valueOf(samples, "web_service_level"),
      sizes: valueOf(samples, "web_service_sizes_bucket", { le: "1" }),
      extra: valueOf(samples, "web_extra"),
    };
  };
  const pids = new Set<unknown>();
  let calls = 0;
  for (; pids.size < 2; calls += 2) for (const pid of await Promise.all([1, 2].map(() => web.post("/count", { kind: "a" })))) pids.add(pid);
  expect(await counted()).toEqual({ calls, level: 6, sizes: calls, extra: 1 });
  expect((await web.ask("/die", json({}))).status).toBe(503);
  // What it was is over with it; what it counted is not.
  await expect.poll(counted).toEqual({ calls, level: 3, sizes: calls, extra: 1 });
});

test("workers that share a port do all of it as well, and any of them tells the measures of all", async () => {
  const quiet = { port: 0, banner: false, accessLog: false, handleSignals: false };
  await using server = await serve(Web, { ...quiet, workers: 2, mode: "shared-port", entry, execArgv: [] });
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, { ...init, headers: { ...(init.headers as Record<string, string>), connection: "close" } });
  await expectCookies(ask);
  // Of a connection that ends anyway, fetch takes what it has for the whole answer.
  await expectOwnResponses((path, init) => fetch(server.url + path, init));
  await expectMounts(ask);
  const pids = new Set<unknown>();
  let calls = 0;
  for (; pids.size < 2; calls += 1) pids.add(await (await ask("/count", json({ kind: "a" }))).json());
  const scraped = [ask("/metrics"), ask("/metrics"), server.app.request("/metrics")];
  for (const text of await Promise.all(scraped.map(async (answer) => (await answer).text()))) {
    const samples = samplesOf(text);
    expect([valueOf(samples, "web_service_calls_total", { kind: "a" }), valueOf(samples, "web_service_level")]).toEqual([calls, 6]);
    expect(valueOf(samples, "web_extra")).toBe(1);
  }
  expect((await ask("/readyz")).status).toBe(200);
});
