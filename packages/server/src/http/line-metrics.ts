import type * as prom from "prom-client";

import type { PriorityFigures } from "../admission/line-counter.js";
import type { ServiceLabels } from "./metrics.js";
import { prometheus } from "./prometheus.js";
import { makeReadHistogram } from "./read-histogram.js";
import { innerSecondsBounds } from "./tally.js";

/** The metrics of calls that wait for a place of their service. Where calls wait for one, one process answers for all. */
export function makeLineMetrics(read: () => readonly PriorityFigures[], labels: ServiceLabels): readonly prom.Metric[] {
  const labelled = (priority: number) => ({ priority: String(priority), ...labels });
  const waiting = new (prometheus().Gauge)({
    name: "bentoml_service_line_waiting",
    help: "Calls that wait for a place now",
    labelNames: ["priority", ...Object.keys(labels)],
    registers: [],
    collect() {
      for (const figures of read()) this.set(labelled(figures.priority), figures.waiting);
    },
  });
  const waits = makeReadHistogram({
    name: "bentoml_service_line_duration_seconds",
    help: "Seconds from when a call came to when it got a place",
    read: () => read().map(({ priority, waits: series }) => ({ labels: labelled(priority), series, bounds: innerSecondsBounds })),
  });
  return [waiting, waits];
}
