import type * as prom from "prom-client";

import type { LabelledSeries, ReplyLabels } from "./metrics.js";
import { prometheus } from "./prometheus.js";
import { durationBuckets } from "./route-metrics.js";

type Label = keyof ReplyLabels | "le";
type Value = prom.MetricValueWithName<Label>;

const name = "bentoml_service_request_duration_seconds";
const help = "Seconds from a request's arrival to the end of its answer";

/**
 * A histogram that reads its numbers where they are kept. prom-client's own looks its labels up by text for each
 * observation, which is a tenth of what a small request costs.
 */
export function makeDurationHistogram(replies: () => readonly LabelledSeries[]): prom.Histogram<Label> {
  const { Histogram } = prometheus();
  const histogram = new Histogram<Label>({ name, help, buckets: [...durationBuckets], registers: [] });
  // The declarations call the type a number; at run time it is this text, and the enum is not there.
  const type = "histogram" as unknown as prom.MetricType;
  const get = async (): Promise<prom.MetricObjectWithValues<Value>> => {
    return { name, help, type, aggregator: "sum", collect: () => undefined, values: replies().flatMap(valuesOf) };
  };
  // The second is what the registry asks for when it writes text.
  return Object.assign(histogram, { get, getForPromString: get });
}

/** Buckets count everything up to their bound, so each adds to the one before. */
function valuesOf({ labels, series }: LabelledSeries): Value[] {
  let upTo = 0;
  const buckets = series.buckets.map((count, index): Value => {
    upTo += count;
    const le = index < durationBuckets.length ? String(durationBuckets[index]) : "+Inf";
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: series.sum },
    { metricName: `${name}_count`, labels, value: series.count },
  ];
}
