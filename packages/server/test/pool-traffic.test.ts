import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type AppOptions, createApp } from "../dist/index.js";
import { json } from "./doors.js";
import { Queued } from "./fixtures/traffic-service.mjs";
import { workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/traffic-service.mjs", import.meta.url);

async function pool(options: AppOptions = {}) {
  const app = await createApp(Queued, { workers: 1, mode: "pool", entry, execArgv: [], ...options });
  const call = async (name: string, input: object = {}, timeout?: string) =>
    app.request(`/${name}`, json(input, timeout === undefined ? {} : { "x-request-timeout": timeout }));
  const value = async (name: string) => (await call(name)).json();
  const metric = async (name: string, ...labels: readonly string[]): Promise<number> => {
    const text = await (await app.request("/metrics")).text();
    const line = text.split("\n").find((one) => one.startsWith(`${name}{`) && labels.every((label) => one.includes(`"${label}"`)));
    return Number(line?.slice(line.lastIndexOf(" ")));
  };
  const refused = (endpoint: string, reason: string) => metric("bentoml_service_request_rejected_total", endpoint, reason);
  return { app, call, value, metric, refused, [Symbol.asyncDispose]: () => app.close() };
}

/** A pool whose only worker was killed before it was of any use, so that the next comes only after a pause. */
async function forsaken(firstDelayMs: number) {
  const service = await pool({ restart: { firstDelayMs, loopAfter: 100 } });
  for (const pid of workersOf()) process.kill(pid, "SIGKILL");
  const readyz = () => service.app.request("/readyz");
  await expect.poll(async () => (await readyz()).status, { timeout: 10_000, interval: 5 }).toBe(503);
  return { ...service, readyz };
}

test("the time of a caller reaches the worker", async () => {
  await using service = await pool();
  const answer = await service.call("waits", {}, "0.3");
  const message = "Not able to process the request in 0.3 seconds.";
  expect([answer.status, await answer.json()]).toEqual([504, expect.objectContaining({ error: message, code: "BENTO_TIMEOUT" })]);
  await expect.poll(() => service.value("aborted")).toEqual([message]);
  expect(await service.refused("/waits", "deadline"), "what had begun was not turned away").toBe(0);
});

test("a call that a busy worker comes to too late is not begun", async () => {
  await using service = await pool();
  const blocking = service.call("block", { ms: 700 });
  const late = service.call("note", { text: "late" }, "200ms");
  const patient = service.call("note", { text: "patient" });
  expect((await late).status).toBe(504);
  expect([(await blocking).status, (await patient).status]).toEqual([200, 200]);
  expect(await service.value("begun")).toEqual(["patient"]);
});

test("a call whose time is over while it waits for a worker is never begun, and its place in the queue is free", async () => {
  await using service = await forsaken(4000);
  const late = await service.call("note", { text: "late" }, "0.1");
  expect([late.status, await late.json()]).toEqual([
    504,
    {
      error: "Not able to process the request in 0.1 seconds.",
      code: "BENTO_TIMEOUT",
      hint: "The service was busy with others: try again after a pause, or allow more time in X-Request-Timeout.",
    },
  ]);
  const waiting = ["first", "second"].map((text) => service.call("note", { text }));
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
  expect(await service.value("begun")).toEqual(["first", "second"]);
  expect([await service.refused("/note", "deadline"), await service.refused("/note", "queue")]).toEqual([1, 0]);
});

test("more calls than may wait are refused at once with 503, and told when to try again", async () => {
  await using service = await forsaken(4000);
  const waiting = ["first", "second"].map((text) => service.call("note", { text }));
  const began = performance.now();
  const refused = await service.call("note", { text: "third" });
  expect(performance.now() - began).toBeLessThan(1000);
  expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toEqual([
    503,
    "1",
    {
      error: "2 calls wait for a worker already.",
      code: "BENTO_OVERLOADED",
      hint: "Try again after a pause. How many may wait, traffic.maxQueue of the service says.",
    },
  ]);
  const readyz = await service.readyz();
  expect([readyz.status, readyz.headers.get("retry-after")]).toEqual([503, "5"]);
  expect((await service.app.request("/metrics")).status).toBe(200);
  expect(await Promise.all(waiting.map(async (call) => (await call).text()))).toEqual(["first", "second"]);
  expect([await service.refused("/note", "queue"), await service.refused("/note", "deadline")]).toEqual([1, 0]);
  expect((await service.call("note", { text: "fourth" })).status).toBe(200);
});

test("what dies with its worker may be tried again soon", async () => {
  await using service = await pool();
  const died = await service.call("die");
  expect([died.status, died.headers.get("retry-after"), await died.json()]).toEqual([
    503,
    "1",
    expect.objectContaining({ code: "BENTO_WORKER_DIED" }),
  ]);
});

test("open streams are counted, and large answers are none", async () => {
  await using service = await pool();
  const streams = () => service.metric("bentoml_service_streams_open", "/letters");
  expect(await streams()).toBe(0);
  const stream = await service.call("letters");
  const large = await service.call("large");
  expect(await streams()).toBe(1);
  expect(await service.metric("bentoml_service_streams_open", "/large")).toBeNaN();
  expect((await large.text()).length).toBe(1_000_000);
  await stream.body?.cancel();
  await expect.poll(streams).toBe(0);
});
