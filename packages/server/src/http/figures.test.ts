import { expect, test } from "vitest";

import { BatchCounter } from "../batching/batch-counter.js";
import { addFigures, type Figures, lastingFigures, noFigures } from "./figures.js";
import { Metrics } from "./metrics.js";

function counted(pid: string, status: number, seconds: readonly number[]): Figures {
  const metrics = new Metrics({ service: "s", version: "v" });
  const route = metrics.route("/a", [200]);
  route.prepareEndpoint(true);
  route.beginStream();
  route.refuse("queue");
  for (const second of seconds) {
    route.begin();
    route.end(status, second);
  }
  route.begin();
  return { ...metrics.figures(), lastRequests: { [pid]: 1000 } };
}

test("figures of several processes add up", () => {
  const sum = addFigures([counted("1", 200, [0.25, 0.5]), counted("2", 500, [3]), noFigures]);
  expect(sum.routes["/a"]).toEqual({
    inProgress: 2,
    streams: 2,
    refused: { concurrency: 0, queue: 2, overload: 0, disk: 0, deadline: 0 },
    series: { 200: expect.objectContaining({ count: 2, sum: 0.75 }), 500: expect.objectContaining({ count: 1, sum: 3 }) },
  });
  expect(Object.keys(sum.lastRequests)).toEqual(["1", "2"]);
});

test("of a process that has ended, the answers stay and nothing else", () => {
  const lasting = lastingFigures(counted("1", 200, [0.1]));
  expect(lasting).toMatchObject({
    lastRequests: {},
    routes: { "/a": { inProgress: 0, streams: 0, refused: { queue: 1 }, series: { 200: { count: 1 } } } },
  });
});

function batched(index: number, maxBatchSize = 8): Figures {
  const counter = new BatchCounter(maxBatchSize);
  counter.waiting = () => 2;
  counter.waited(20);
  counter.ran(3, 5, 500, index);
  return { ...noFigures, batches: { double: counter.figures() } };
}

test("figures of batches add up, by worker", () => {
  const { double } = addFigures([batched(1), batched(2), batched(2), noFigures]).batches;
  expect(double).toMatchObject({
    waiting: 6,
    sizes: { 1: { count: 1, sum: 3, buckets: [0, 0, 1, 0, 0] }, 2: { count: 2, sum: 6, buckets: [0, 0, 2, 0, 0] } },
    items: { count: 3, sum: 15 },
    runs: { count: 3, sum: 1.5 },
    requestRunSeconds: 4.5,
  });
  expect(double?.waits.sum).toBeCloseTo(0.06);
});

test("batches that were allowed other sizes do not fit the same histogram", () => {
  expect(addFigures([batched(1, 8), batched(2, 16)]).batches["double"]).toMatchObject({ maxBatchSize: 16, items: { count: 1 } });
});

test("in a process that has ended nothing waits for its batch any more", () => {
  expect(lastingFigures(batched(1)).batches["double"]).toMatchObject({ waiting: 0, items: { count: 1 } });
});

test("text is made of the figures that are given, and of its own without any", async () => {
  const metrics = new Metrics({ service: "s", version: "v" });
  metrics.route("/a", [200]);
  const total = (text: string) => /^bentoml_service_request_total{endpoint="\/a".* (\d+)$/m.exec(text)?.[1];
  expect(total(await metrics.text(addFigures([counted("1", 200, [1]), counted("2", 200, [1])])))).toBe("2");
  expect(total(await metrics.text())).toBe("0");
});

test("where nothing ever streams, there is no gauge of streams, and what is no endpoint has no refusals at 0", async () => {
  const metrics = new Metrics({ service: "s", version: "v" });
  metrics.route("/plain", [200]).prepareEndpoint(false);
  metrics.route("/schema.json");
  metrics.route("/letters").prepareEndpoint(true);
  // A large answer goes out in pieces as well.
  metrics.route("/plain").beginStream();
  const text = await metrics.text();
  expect(text.match(/^bentoml_service_streams_open{.*/gm)).toEqual([expect.stringMatching(/endpoint="\/letters".* 0$/)]);
  expect(text.match(/^bentoml_service_request_rejected_total{.*/gm)).toHaveLength(10);
  expect(text).not.toMatch(/rejected_total{.*schema/);
});
