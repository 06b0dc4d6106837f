import { expect, test } from "vitest";

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
    refused: { concurrency: 0, queue: 2, overload: 0, deadline: 0 },
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
  expect(text.match(/^bentoml_service_request_rejected_total{.*/gm)).toHaveLength(8);
  expect(text).not.toMatch(/rejected_total{.*schema/);
});
