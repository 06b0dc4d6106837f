import { measureFigures } from "@bento/sdk/runtime";
import type * as prom from "prom-client";

import { type LabelledBatches, makeBatchMetrics } from "./batch-metrics.js";
import type { LineCounter } from "../admission/line-counter.js";
import type { ServedModels } from "../executor/executor.js";
import { addMeasures, type Measures, measuresText } from "./measures.js";
import { modelMeasures } from "./model-measures.js";
import { makeLineMetrics } from "./line-metrics.js";
import type { Figures, SeriesFigures } from "./figures.js";
import { prometheus } from "./prometheus.js";
import { makeReadHistogram } from "./read-histogram.js";
import { durationBuckets, RouteMetrics } from "./route-metrics.js";

const serviceLabels = ["runner_name", "service_name", "service_version"] as const;
const routeLabels = ["endpoint", ...serviceLabels] as const;
const replyLabels = ["http_response_code", ...routeLabels] as const;

/** Labels of what is counted by route and status. */
type ReplyLabels = Record<(typeof replyLabels)[number], string>;

/** Labels that every metric has. */
export type ServiceLabels = Readonly<Record<(typeof serviceLabels)[number], string>>;

/** What one route answered with one status. */
interface LabelledSeries {
  readonly labels: ReplyLabels;
  readonly series: SeriesFigures;
}

/** Who is measured. */
export interface MetricsOptions {
  readonly service: string;
  /** The bento's version, where the service runs from one. */
  readonly version: string;
}

/**
 * The metrics of one app, in a registry of its own: two apps in one process never mix.
 *
 * Names and labels are BentoML's (namespace `bentoml_service`). The label `endpoint` is the route and never the URL that
 * was asked for: every path that no route answers counts as `unmatched`, so that nobody can grow the number of series.
 *
 * On the way of a request there are plain numbers alone; the registry reads them when somebody asks.
 * @source BentoML src/bentoml/_internal/server/http/instruments.py; differs: `endpoint`, and no websocket series
 */
export class Metrics {
  /** When the last request arrived, in milliseconds since 1970. */
  lastRequestAt: number | undefined;
  readonly #labels: ServiceLabels;
  readonly #routes = new Map<string, RouteMetrics>();
  #registry: prom.Registry | undefined;
  #showsBatches = false;
  #showsLine = false;
  #line: LineCounter | undefined;
  #models: () => ServedModels = () => ({});
  #batches: () => Figures["batches"] = () => ({});
  /** What the service has counted itself in processes of its own. */
  #measures: Measures = {};
  /** The route of each endpoint, by its wire name. */
  #endpoints: ReadonlyMap<string, string> = new Map();
  /** What the text is made of, in place of what was counted here. */
  #shown: Figures | undefined;

  constructor({ service, version }: MetricsOptions) {
    this.#labels = { runner_name: service, service_name: service, service_version: version };
  }

  /** What writes the text, to which others may add. */
  get registry(): prom.Registry {
    const registry = (this.#registry ??= this.#newRegistry());
    // Most services gather nothing, and refuse what is too much.
    if (!this.#showsBatches && Object.keys(this.#current.batches).length > 0) {
      this.#showsBatches = true;
      for (const metric of makeBatchMetrics(() => this.#labelledBatches())) registry.registerMetric(metric);
    }
    if (!this.#showsLine && this.#line !== undefined) {
      this.#showsLine = true;
      for (const metric of makeLineMetrics(() => this.#line?.figures() ?? [], this.#labels)) registry.registerMetric(metric);
    }
    return registry;
  }

  /**
   * Says where batches are counted.
   * @param batches asked by wire name of the endpoint
   * @param endpoints the route of each endpoint, by its wire name
   */
  countBatches(batches: () => Figures["batches"], endpoints: ReadonlyMap<string, string>): void {
    this.#batches = batches;
    this.#endpoints = endpoints;
  }

  /** Says which models are served: by how many processes each. */
  showModels(models: () => ServedModels): void {
    this.#models = models;
  }

  /** Says what the service has counted itself in processes of its own, since their start. */
  takeMeasures(measures: Measures): void {
    this.#measures = measures;
  }

  /** Says where it is counted how long calls wait for a place. */
  countLine(line: LineCounter): void {
    this.#line = line;
  }

  /**
   * The metrics of one route, made once.
   * @param endpoint the route, or `unmatched`
   * @param codes statuses whose series stand at 0 from the start
   */
  route(endpoint: string, codes: readonly number[] = []): RouteMetrics {
    let route = this.#routes.get(endpoint);
    if (!route) this.#routes.set(endpoint, (route = new RouteMetrics()));
    for (const code of codes) route.prepare(code);
    return route;
  }

  /**
   * The exposition text for a scraper.
   * @param all the figures of all processes, where there are others
   */
  text(all?: Figures): Promise<string> {
    // The registry reads what there is to read before it waits for anything.
    this.#shown = all;
    const text = this.registry.metrics();
    const own = measuresText({ ...modelMeasures(this.#models(), this.#labels), ...this.#current.measures });
    this.#shown = undefined;
    return own === "" ? text : text.then((others) => others + own);
  }

  /** What was counted here. */
  figures(): Figures {
    const routes = [...this.#routes].map(([endpoint, { inProgress, streams, refused, series }]) => [
      endpoint,
      { inProgress, streams, refused: Object.fromEntries(refused), series: Object.fromEntries(series) },
    ]);
    const lastRequests = this.lastRequestAt === undefined ? {} : { [process.pid]: this.lastRequestAt };
    return {
      lastRequests,
      routes: Object.fromEntries(routes) as Figures["routes"],
      batches: this.#batches(),
      measures: addMeasures([measureFigures(), this.#measures]),
    };
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  get #current(): Figures {
    return this.#shown ?? this.figures();
  }

  /** Every series there is, with its labels. */
  #replies(): LabelledSeries[] {
    return Object.entries(this.#current.routes).flatMap(([endpoint, route]) =>
      Object.entries(route.series).map(([status, series]) => ({
        labels: { endpoint, http_response_code: status, ...this.#labels },
        series,
      })),
    );
  }

  #labelledBatches(): LabelledBatches[] {
    return Object.entries(this.#current.batches).map(([api, figures]) => ({
      api,
      figures,
      endpoint: this.#endpoints.get(api) ?? api,
      labels: this.#labels,
    }));
  }

  #newRegistry(): prom.Registry {
    const { Registry } = prometheus();
    const registry = new Registry();
    for (const metric of [this.#total(), this.#inProgress(), this.#rejected(), this.#streams(), this.#lastRequest()])
      registry.registerMetric(metric);
    const duration = makeReadHistogram({
      name: "bentoml_service_request_duration_seconds",
      help: "Seconds from a request's arrival to the end of its answer",
      read: () => this.#replies().map((one) => ({ ...one, bounds: durationBuckets })),
    });
    registry.registerMetric(duration);
    return registry;
  }

  #total(): prom.Counter<keyof ReplyLabels> {
    const replies = () => this.#replies();
    return new (prometheus().Counter)({
      name: "bentoml_service_request_total",
      help: "Requests answered",
      labelNames: replyLabels,
      registers: [],
      collect() {
        this.reset();
        for (const { labels, series } of replies()) this.inc(labels, series.count);
      },
    });
  }

  #inProgress(): prom.Gauge<(typeof routeLabels)[number]> {
    const routes = () => Object.entries(this.#current.routes);
    const labels = this.#labels;
    return new (prometheus().Gauge)({
      name: "bentoml_service_request_in_progress",
      help: "Requests being answered now",
      labelNames: routeLabels,
      registers: [],
      collect() {
        for (const [endpoint, { inProgress }] of routes()) this.set({ endpoint, ...labels }, inProgress);
      },
    });
  }

  #rejected(): prom.Counter<"reason" | (typeof routeLabels)[number]> {
    const routes = () => Object.entries(this.#current.routes);
    const labels = this.#labels;
    return new (prometheus().Counter)({
      name: "bentoml_service_request_rejected_total",
      help: "Requests turned away before anything worked on them",
      labelNames: ["reason", ...routeLabels],
      registers: [],
      collect() {
        this.reset();
        for (const [endpoint, { refused }] of routes()) {
          for (const [reason, count] of Object.entries(refused)) this.inc({ reason, endpoint, ...labels }, count);
        }
      },
    });
  }

  #streams(): prom.Gauge<(typeof routeLabels)[number]> {
    const routes = () => Object.entries(this.#current.routes);
    const labels = this.#labels;
    return new (prometheus().Gauge)({
      name: "bentoml_service_streams_open",
      help: "Streams being sent now",
      labelNames: routeLabels,
      registers: [],
      collect() {
        for (const [endpoint, { streams }] of routes()) if (streams !== undefined) this.set({ endpoint, ...labels }, streams);
      },
    });
  }

  #lastRequest(): prom.Gauge {
    const labels = this.#labels;
    const lastRequests = () => Object.entries(this.#current.lastRequests);
    return new (prometheus().Gauge)({
      name: "bentoml_service_last_request_timestamp_seconds",
      help: "When the last request arrived, in seconds since 1970",
      labelNames: ["pid", ...serviceLabels],
      registers: [],
      collect() {
        this.reset();
        for (const [pid, at] of lastRequests()) this.set({ pid, ...labels }, at / 1000);
      },
    });
  }
}
