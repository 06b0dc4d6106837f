import { expect, test } from "vitest";

import { addFigures, type Figures, lastingFigures, noFigures } from "./figures.js";
import { Metrics } from "./metrics.js";

function counted(pid: string, status: number, seconds: readonly number[]): Figures {
  const metrics = new Metrics({ service: "s", version: "v" });
  const route = metrics.route("/a", [200]);
  for (const second of seconds) {
    route.begin();
    route.end(status, second);
  }
  route.begin();
  return { ...metrics.figures(), lastRequests: { [pid]: 1000 } };
}

test("figures of several processes add up", () => {
  const sum = addFigures([counted("1", 200, [0.25, 0.5]), counted("2", 500, [3]), noFigures]);
  expect(sum.routes["/a"]).toMatchObject({ inProgress: 2, series: { 200: { count: 2, sum: 0.75 }, 500: { count: 1, sum: 3 } } });
  expect(Object.keys(sum.lastRequests)).toEqual(["1", "2"]);
});

test("of a process that has ended, the answers stay and nothing else", () => {
  const lasting = lastingFigures(counted("1", 200, [0.1]));
  expect(lasting).toMatchObject({ lastRequests: {}, routes: { "/a": { inProgress: 0, series: { 200: { count: 1 } } } } });
});

test("text is made of the figures that are given, and of its own without any", async () => {
  const metrics = new Metrics({ service: "s", version: "v" });
  metrics.route("/a", [200]);
  const total = (text: string) => /^bentoml_service_request_total{endpoint="\/a".* (\d+)$/m.exec(text)?.[1];
  expect(total(await metrics.text(addFigures([counted("1", 200, [1]), counted("2", 200, [1])])))).toBe("2");
  expect(total(await metrics.text())).toBe("0");
});
