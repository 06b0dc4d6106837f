import { expect, test } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp } from "../dist/index.js";
import { json } from "./doors.js";
import { samplesOf, valueOf } from "./exposition.js";
import { Continuous } from "./fixtures/continuous-service.mjs";
import { workersOf } from "./processes.js";

const entry = new URL("fixtures/continuous-service.mjs", import.meta.url);

test("steps of running batches in workers are counted, also of workers that are gone", { timeout: 60_000 }, async () => {
  await using app = await createApp(Continuous, { workers: 2, mode: "pool", entry, execArgv: [] });
  const lengths = Array.from({ length: 12 }, (_, at) => 10 + at);
  const all = lengths.reduce((sum, steps) => sum + steps, 0);
  const run = async () => {
    const answers = await Promise.all(lengths.map(async (to) => app.request("/count", json({ to }))));
    await Promise.all(answers.map((answer) => answer.text()));
  };
  const steps = async () => {
    const samples = samplesOf(await (await app.request("/metrics")).text());
    const own = (name: string) => valueOf(samples, `bentoml_service_batch_${name}`, { endpoint: "/count" }) ?? 0;
    const of = (part: string, worker: number) =>
      valueOf(samples, `bentoml_service_adaptive_batch_size_${part}`, { method_name: "count", worker_index: String(worker) }) ?? 0;
    const sizes = (part: string) => [of(part, 1), of(part, 2)] as const;
    return {
      sum: sizes("sum").reduce((a, b) => a + b),
      counts: sizes("count"),
      items: own("items_sum"),
      waits: own("queue_duration_seconds_count"),
    };
  };
  await run();
  const patient = { timeout: 20_000 };
  await expect.poll(async () => (await steps()).sum, patient).toBe(all);
  const { counts, items, waits } = await steps();
  expect([items, waits]).toEqual([all, lengths.length]);
  expect(Math.min(...counts), "both workers had some").toBeGreaterThan(0);
  expect(counts[0] + counts[1], "more than one in a step").toBeLessThan(all);

  const [first = 0] = workersOf();
  process.kill(first, "SIGKILL");
  await expect.poll(() => workersOf().filter((pid) => pid !== first).length, patient).toBe(2);
  expect((await steps()).sum).toBe(all);
  await run();
  await expect.poll(async () => (await steps()).sum, patient).toBe(2 * all);
});
