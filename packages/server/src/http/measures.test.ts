import type { MeasureFigures } from "@bento/sdk/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";

import { addMeasures, lastingMeasures, type Measures, measuresText } from "./measures.js";

const number = fc.integer({ min: 0, max: 1000 });
const values = fc.constantFrom('["a"]', '["b"]', '["c\\"\\n\\\\"]');
const counted: fc.Arbitrary<MeasureFigures> = fc
  .dictionary(values, number)
  .map((series) => ({ kind: "counter", help: "Calls", labels: ["kind"], series }));
const sized: fc.Arbitrary<MeasureFigures> = fc.tuple(number, number, number).map(([a, b, c]) => ({
  kind: "histogram",
  help: "Sizes",
  labels: [],
  bounds: [1, 10],
  series: { "": { count: a + b + c, sum: a + b, buckets: [a, b, c] } },
}));
const measures: fc.Arbitrary<Measures> = fc.record({ calls_total: counted, sizes: sized }, { requiredKeys: [] });

test("adding up is the same in any order", () => {
  fc.assert(
    fc.property(measures, measures, measures, (a, b, c) => {
      expect(addMeasures([addMeasures([a, b]), c])).toEqual(addMeasures([c, b, a]));
    }),
  );
});

test("what was another measure in another process is not added to it", () => {
  const one: MeasureFigures = { kind: "counter", help: "", labels: [], series: { "": 1 } };
  const other: MeasureFigures = { ...one, kind: "gauge", series: { "": 5 } };
  expect(addMeasures([{ a: one }, { a: other }])).toEqual({ a: other });
});

test("of a process that has ended gauges go", () => {
  const gauge: MeasureFigures = { kind: "gauge", help: "", labels: [], series: { "": 5 } };
  expect(lastingMeasures({ a: gauge, b: { ...gauge, kind: "counter" } })).toEqual({ b: { ...gauge, kind: "counter" } });
});

test("the text is what Prometheus reads", () => {
  const text = measuresText({
    calls_total: { kind: "counter", help: 'Calls\nby "kind" \\', labels: ["kind", "of"], series: { '["a\\"\\n\\\\","x"]': 3 } },
    level: { kind: "gauge", help: "Level", labels: [], series: { "": Number.NEGATIVE_INFINITY } },
    sizes: { kind: "histogram", help: "Sizes", labels: [], bounds: [1, 10], series: { "": { count: 6, sum: 40.5, buckets: [1, 2, 3] } } },
  });
  expect(text).toBe(`# HELP calls_total Calls\\nby "kind" \\\\
# TYPE calls_total counter
calls_total{kind="a\\"\\n\\\\",of="x"} 3
# HELP level Level
# TYPE level gauge
level -Inf
# HELP sizes Sizes
# TYPE sizes histogram
sizes_bucket{le="1"} 1
sizes_bucket{le="10"} 3
sizes_bucket{le="+Inf"} 6
sizes_sum 40.5
sizes_count 6
`);
  expect(measuresText({})).toBe("");
});
