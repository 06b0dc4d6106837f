import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp } from "../dist/index.js";
import { json } from "./doors.js";
import { samplesOf, valueOf } from "./exposition.js";
import { Batching } from "./fixtures/batching-service.mjs";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/batching-service.mjs", import.meta.url);
const accept = "application/jsonl";

async function pool(workers: number) {
  const app = await createApp(Batching, { workers, mode: "pool", entry, execArgv: [] });
  return {
    app,
    stream: async (name: string, ...x: number[]) => app.request(`/${name}`, json({ x }, { accept })),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

/** The first step of an answer, the rest of which is left unread. */
async function firstStep(answer: Response | Promise<Response>) {
  const reader = ((await answer).body as ReadableStream<Uint8Array>).getReader();
  const { value } = await reader.read();
  const step = JSON.parse(new TextDecoder().decode(value)) as number[];
  return { step, leave: () => reader.cancel() };
}

test("each caller gets a stream of its own slices of the steps that a worker takes for all of them", async () => {
  await using service = await pool(1);
  const inputs = [[1], [10, 20], [100], [1000, 2000, 3000]];
  const texts = await Promise.all(inputs.map(async (x) => (await service.stream("steps", ...x)).text()));
  const steps = texts.map((text) =>
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as [number, number, number][]),
  );
  expect(steps.map((all) => all.map((items) => items.map(([n]) => n)))).toEqual(
    inputs.map((x) => [1, 2, 3].map((step) => x.map((n) => n + step))),
  );
  const sizes = steps.flat(2).map(([, size]) => size);
  expect(Math.max(...sizes), "some were together").toBeGreaterThan(1);
});

test("a step that fails for one caller ends its stream alone; a start that fails is found out caller by caller", async () => {
  await using service = await pool(1);
  const [one, seven, unlucky] = await Promise.all([1, 7, 13].map((n) => service.stream("steps", n)));
  expect((await one?.text())?.trim().split("\n")).toHaveLength(3);
  await expect(seven?.text()).rejects.toThrow("enough");
  expect(unlucky?.status).toBe(500);
});

test("a worker whose batch streams is not free: the next batch goes to another, and after that waits for one", async () => {
  await using service = await pool(2);
  const first = await firstStep(service.stream("hold", 1, 2));
  const second = await firstStep(service.stream("hold", 3, 4));
  expect(second.step[0]).not.toBe(first.step[0]);
  const third = service.stream("hold", 5, 6);
  const metric = async (name: string) =>
    valueOf(samplesOf(await (await service.app.request("/metrics")).text()), `bentoml_service_batch_${name}`, { endpoint: "/hold" });
  // In the server, where it can be refused and counted.
  await expect.poll(() => metric("waiting")).toBe(1);
  expect(await metric("run_duration_seconds_count"), "a batch runs until its streams have ended").toBe(0);
  await second.leave();
  const { step, leave } = await firstStep(third);
  expect(step[0]).toBe(second.step[0]);
  await Promise.all([first.leave(), leave()]);
  await expect.poll(() => metric("run_duration_seconds_count")).toBe(3);
});

test("a batch whose callers have all left is ended in its worker", async () => {
  await using service = await pool(1);
  const streams = await Promise.all([service.stream("hold", 1), service.stream("hold", 2)].map(firstStep));
  await Promise.all(streams.map(({ leave }) => leave()));
  const ended = async (): Promise<number> => {
    const batches = (await (await service.app.request("/ended", json({}))).json()) as number[];
    return batches.reduce((sum, items) => sum + items, 0);
  };
  await expect.poll(ended).toBe(2);
});
