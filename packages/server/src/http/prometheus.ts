import { createRequire } from "node:module";

import type * as prom from "prom-client";

// The parts of prom-client that are of use here, the same classes that its own entry gives. That loads OpenTelemetry and a
// client for pushing besides, which would be a third of what importing this package costs each process.
const require = createRequire(import.meta.url);

export const Counter = require("prom-client/lib/counter.js") as typeof prom.Counter;
export const Gauge = require("prom-client/lib/gauge.js") as typeof prom.Gauge;
export const Histogram = require("prom-client/lib/histogram.js") as typeof prom.Histogram;
export const Registry = require("prom-client/lib/registry.js") as typeof prom.Registry;
