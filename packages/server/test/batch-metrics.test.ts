import { api, defineService } from "@bento/sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { type Door, doors, json, open } from "./doors.js";
import { gate } from "./gate.js";
import { samplesOf, valueOf } from "./exposition.js";

const endpoint = "/double";
const who = { runner_name: "Counting", service_name: "Counting", service_version: "not available" };

/** A service whose batches wait at a gate. */
function counting() {
  const gates = [gate(), gate(), gate()];
  let batch = 0;
  const input = z.object({ x: z.array(z.number()) });
  const Counting = defineService({
    name: "Counting",
    apis: {
      double: api({ input, output: z.array(z.number()), batchable: true, maxBatchSize: 6 }, async ({ x }) => {
        await gates[batch++]?.promise;
        return x.map((n) => 2 * n);
      }),
      plain: api({ input, output: z.number() }, ({ x }) => x.length),
    },
  });
  return { Counting, openAll: () => gates.forEach((one) => one.open()) };
}

async function scrape(app: Door) {
  return samplesOf(await (await app.fetch("/metrics")).text());
}

describe.each(doors)("metrics of batches by %s", (door) => {
  test("count requests, items, waiting and running", async () => {
    const { Counting, openAll } = counting();
    await using app = await open(door, Counting);
    const before = await scrape(app);
    expect(valueOf(before, "bentoml_service_batch_items_count", { endpoint, ...who })).toBe(0);
    const startedAt = performance.now();
    const first = app.fetch(endpoint, json({ x: [1] }));
    const waiting = async () => valueOf(await scrape(app), "bentoml_service_batch_waiting", { endpoint, ...who });
    // The first runs alone, the others wait for it.
    await expect.poll(async () => valueOf(await scrape(app), "bentoml_service_batch_queue_duration_seconds_count", { endpoint })).toBe(1);
    const others = [[2, 3], [4], [5, 6, 7]].map((x) => app.fetch(endpoint, json({ x })));
    await expect.poll(waiting).toBe(3);
    openAll();
    for (const answer of await Promise.all([first, ...others])) expect(answer.status).toBe(200);
    const seconds = (performance.now() - startedAt) / 1000;

    const after = await scrape(app);
    const sizes = (part: string, labels = {}) =>
      valueOf(after, `bentoml_service_adaptive_batch_size_${part}`, { worker_index: "1", method_name: "double", ...who, ...labels });
    expect([sizes("count"), sizes("sum")]).toEqual([2, 4]);
    expect(["1", "2", "4", "6", "+Inf"].map((le) => sizes("bucket", { le }))).toEqual([1, 1, 2, 2, 2]);
    const own = (name: string, labels = {}) => valueOf(after, `bentoml_service_batch_${name}`, { endpoint, ...who, ...labels }) as number;
    expect([own("items_count"), own("items_sum")]).toEqual([2, 7]);
    expect(own("queue_duration_seconds_count")).toBe(4);
    expect(own("run_duration_seconds_count")).toBe(2);
    expect(own("waiting")).toBe(0);
    expect(own("request_seconds_total", { phase: "wait" })).toBe(own("queue_duration_seconds_sum"));
    expect(own("request_seconds_total", { phase: "run" })).toBeGreaterThanOrEqual(own("run_duration_seconds_sum"));
    expect(own("run_duration_seconds_sum")).toBeGreaterThan(0);
    expect(own("run_duration_seconds_sum")).toBeLessThan(seconds);
    expect(own("queue_duration_seconds_sum")).toBeLessThan(4 * seconds);
    expect(after.some(({ name, labels }) => name.startsWith("bentoml_service_batch") && labels["endpoint"] === "/plain")).toBe(false);

    await app.fetch(endpoint, json({ x: [1, 2, 3, 4, 5, 6, 7] }));
    const cut = await scrape(app);
    expect(valueOf(cut, "bentoml_service_batch_items_sum", { endpoint })).toBe(14);
    expect(valueOf(cut, "bentoml_service_batch_run_duration_seconds_count", { endpoint })).toBe(4);
    expect(valueOf(cut, "bentoml_service_batch_queue_duration_seconds_count", { endpoint }), "a request waits once").toBe(5);
  });
});

test("a service that gathers nothing has no metrics of batches", async () => {
  const Plain = defineService({ name: "Plain", apis: { one: api({ output: z.number() }, () => 1) } });
  await using app = await createApp(Plain);
  await app.request("/one", json({}));
  expect(await (await app.request("/metrics")).text()).not.toContain("batch");
});

test("the registry of an app knows of batches before there were any", async () => {
  await using app = await createApp(counting().Counting);
  expect(app.metrics?.getSingleMetric("bentoml_service_adaptive_batch_size")).toBeDefined();
});
