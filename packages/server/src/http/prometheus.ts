import { createRequire } from "node:module";

import type * as prom from "prom-client";

const require = createRequire(import.meta.url);

/**
 * The parts of prom-client that are of use here, the same classes that its own entry gives, loaded at the first call: most
 * workers never write their metrics. Its entry loads OpenTelemetry and a client for pushing besides.
 */
export function prometheus() {
  return {
    Counter: require("prom-client/lib/counter.js") as typeof prom.Counter,
    Gauge: require("prom-client/lib/gauge.js") as typeof prom.Gauge,
    Histogram: require("prom-client/lib/histogram.js") as typeof prom.Histogram,
    Registry: require("prom-client/lib/registry.js") as typeof prom.Registry,
  };
}
