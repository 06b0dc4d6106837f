import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp, serve } from "../dist/index.js";
import { json, LineLogger } from "./doors.js";
import { samplesOf, valueOf } from "./exposition.js";
import { Batching } from "./fixtures/batching-service.mjs";
import { workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/batching-service.mjs", import.meta.url);

interface Item {
  readonly twice: number;
  readonly size: number;
  readonly pid: number;
}

async function pool() {
  const app = await createApp(Batching, { workers: 2, mode: "pool", entry, execArgv: [] });
  const ask = async (x: readonly number[], name = "twice", headers: Readonly<Record<string, string>> = {}) => {
    const answer = await app.request(`/${name}`, json({ x }, headers));
    return answer.status === 200 ? ((await answer.json()) as Item[]) : answer.status;
  };
  return { app, ask, [Symbol.asyncDispose]: () => app.close() };
}

const twiceOf = (answer: Item[] | number) => (typeof answer === "number" ? answer : answer.map(({ twice }) => twice));

test("calls of all connections are gathered for the workers, and each gets its own answer", async () => {
  await using service = await pool();
  const inputs = Array.from({ length: 200 }, (_, at) => [at + 100, at + 1000].slice(0, (at % 3) % 2 === 0 ? 1 : 2));
  const answers = await Promise.all(inputs.map((x) => service.ask(x, "slowly")));
  expect(answers.map(twiceOf)).toEqual(inputs.map((x) => x.map((n) => 2 * n)));
  const items = answers.flatMap((answer) => answer as Item[]);
  expect(Math.max(...items.map(({ size }) => size))).toBe(8);
  expect(new Set(items.map(({ pid }) => pid))).toEqual(new Set(workersOf()));
  const samples = samplesOf(await (await service.app.request("/metrics")).text());
  const sizes = (part: string, worker: number) =>
    valueOf(samples, `bentoml_service_adaptive_batch_size_${part}`, { method_name: "slowly", worker_index: String(worker) }) ?? 0;
  expect(sizes("sum", 1), "both workers got some").toBeGreaterThan(0);
  expect(sizes("sum", 1) + sizes("sum", 2)).toBe(inputs.length);
  const own = (name: string) => valueOf(samples, `bentoml_service_batch_${name}`, { endpoint: "/slowly" });
  expect(own("items_sum")).toBe(inputs.flat().length);
  expect(own("items_count")).toBe(sizes("count", 1) + sizes("count", 2));
  expect(own("queue_duration_seconds_count")).toBe(inputs.length);
  expect(own("waiting")).toBe(0);
  // Many together: alone they would have been as many batches as calls.
  expect(items.reduce((batches, { size }) => batches + 1 / size, 0)).toBeLessThan(inputs.length / 3);
});

test("one item that the method throws for fails its caller alone, and what is larger than a batch is cut", async () => {
  await using service = await pool();
  const many = Array.from({ length: 30 }, (_, at) => 100 + at);
  const answers = await Promise.all([service.ask([1]), service.ask([13]), service.ask([2, 3]), service.ask(many)]);
  expect(answers.map(twiceOf)).toEqual([[2], 500, [4, 6], many.map((n) => 2 * n)]);
});

test("items lie along another dimension; rows of another shape are the caller's mistake alone", async () => {
  await using service = await pool();
  const long = Array.from({ length: 20 }, (_, at) => at);
  const inputs = [[[1], [2]], [long, long], [[1], [2], [3]], [[], []], []];
  const ask = async (x: number[][]) => service.app.request("/columns", json({ x }));
  const answers = inputs.map(async (x) => (await ask(x)).json());
  const ragged = await ask([[1, 2], [3]]);
  expect(await Promise.all(answers)).toEqual(inputs.map((x) => x.map((row) => row.map((n) => 2 * n))));
  expect([ragged.status, await ragged.text()]).toEqual([400, expect.stringContaining("a row of 2 and one of 1")]);
});

test("a policy of the service's own decides", async () => {
  await using service = await pool();
  const answers = await Promise.all([1, 2, 3, 4].map((n) => service.ask([n], "alone")));
  expect(answers.map(twiceOf)).toEqual([[2], [4], [6], [8]]);
});

test("a batch that never ends holds up no calls that another worker can answer", async () => {
  await using service = await pool();
  for (let n = 0; n < 10; n += 1) await service.ask([n + 100], "hangs");
  let isOver = false;
  const hung = service.ask([13], "hangs", { "x-request-timeout": "5" }).finally(() => (isOver = true));
  // What takes so much longer than others is not waited for any more.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const caller = async () => {
    for (let n = 100; n < 110; n += 1) expect(twiceOf(await service.ask([n], "hangs"))).toEqual([2 * n]);
  };
  // More than one batch at a time.
  await Promise.all(Array.from({ length: 20 }, caller));
  expect(isOver).toBe(false);
  expect(await hung).toBe(504);
  expect(twiceOf(await service.ask([1], "hangs"))).toEqual([2]);
});

test("calls of a worker that dies fail, once, and those that wait go to another", async () => {
  await using service = await pool();
  const calls = Array.from({ length: 100 }, (_, at) => service.ask([at + 100]));
  const [first = 0] = workersOf();
  process.kill(first, "SIGKILL");
  const answers = await Promise.all(calls);
  const failed = answers.filter((answer) => answer === 503);
  expect(failed.length).toBeLessThan(40);
  for (const [at, answer] of answers.entries()) if (answer !== 503) expect(twiceOf(answer)).toEqual([2 * (at + 100)]);
  await expect.poll(() => workersOf().length, { timeout: 15_000 }).toBe(2);
  expect(twiceOf(await service.ask([1]))).toEqual([2]);
});

test("workers of a service that gathers get their calls from the server, and do not share its port", async () => {
  const logger = new LineLogger();
  await using server = await serve(Batching, { port: 0, workers: 2, entry, execArgv: [], logger, handleSignals: false });
  expect(logger.lines.map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ mode: "pool" }));
  const answer = await fetch(`${server.url}/twice`, json({ x: [1] }));
  expect(twiceOf((await answer.json()) as Item[])).toEqual([2]);
});
