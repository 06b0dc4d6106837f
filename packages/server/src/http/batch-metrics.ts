import type * as prom from "prom-client";

import { type BatchFigures, batchSizeBounds } from "../batching/batch-counter.js";
import type { SeriesFigures } from "./figures.js";
import type { ServiceLabels } from "./metrics.js";
import { prometheus } from "./prometheus.js";
import { makeReadHistogram } from "./read-histogram.js";
import { innerSecondsBounds } from "./tally.js";

/** What was counted of one endpoint's batches, and how it is called. */
export interface LabelledBatches {
  readonly figures: BatchFigures;
  /** Wire name. */
  readonly api: string;
  /** The route, as other metrics call it. */
  readonly endpoint: string;
  /** Those that all metrics of the service have. */
  readonly labels: ServiceLabels;
}

type Read = () => readonly LabelledBatches[];

const labelNames = ["endpoint", "runner_name", "service_name", "service_version"] as const;

/**
 * The metrics of batches.
 * @source BentoML src/_bentoml_impl/server/app.py for `bentoml_service_adaptive_batch_size`: requests and not items, with
 *   labels of its own; the others are ours
 */
export function makeBatchMetrics(read: Read): readonly prom.Metric[] {
  return [sizes(read), items(read), waits(read), runs(read), requestSeconds(read), waiting(read)];
}

function sizes(read: Read): prom.Metric {
  return makeReadHistogram({
    name: "bentoml_service_adaptive_batch_size",
    help: "Requests in one batch",
    read: () =>
      read().flatMap(({ figures, api, labels }) =>
        Object.entries(figures.sizes).map(([worker, series]) => ({
          labels: { worker_index: worker, method_name: api, ...labels },
          series,
          bounds: batchSizeBounds(figures.maxBatchSize),
        })),
      ),
  });
}

function items(read: Read): prom.Metric {
  return makeReadHistogram({
    name: "bentoml_service_batch_items",
    help: "Items in one batch",
    read: () => read().map((one) => ({ ...labelled(one, one.figures.items), bounds: batchSizeBounds(one.figures.maxBatchSize) })),
  });
}

function waits(read: Read): prom.Metric {
  return makeReadHistogram({
    name: "bentoml_service_batch_queue_duration_seconds",
    help: "Seconds from a request's arrival at its endpoint's queue to the begin of its batch",
    read: () => read().map((one) => ({ ...labelled(one, one.figures.waits), bounds: innerSecondsBounds })),
  });
}

function runs(read: Read): prom.Metric {
  return makeReadHistogram({
    name: "bentoml_service_batch_run_duration_seconds",
    help: "Seconds that a batch ran",
    read: () => read().map((one) => ({ ...labelled(one, one.figures.runs), bounds: innerSecondsBounds })),
  });
}

function labelled({ endpoint, labels }: LabelledBatches, series: SeriesFigures) {
  return { labels: { endpoint, ...labels }, series };
}

function requestSeconds(read: Read): prom.Metric {
  return new (prometheus().Counter)({
    name: "bentoml_service_batch_request_seconds_total",
    help: "Seconds that requests spent waiting for their batches, and running in them",
    labelNames: ["phase", ...labelNames],
    registers: [],
    collect() {
      this.reset();
      for (const { figures, endpoint, labels } of read()) {
        this.inc({ phase: "wait", endpoint, ...labels }, figures.waits.sum);
        this.inc({ phase: "run", endpoint, ...labels }, figures.requestRunSeconds);
      }
    },
  });
}

function waiting(read: Read): prom.Metric {
  return new (prometheus().Gauge)({
    name: "bentoml_service_batch_waiting",
    help: "Requests that wait for their batch now",
    labelNames,
    registers: [],
    collect() {
      this.reset();
      for (const { figures, endpoint, labels } of read()) this.set({ endpoint, ...labels }, figures.waiting);
    },
  });
}
