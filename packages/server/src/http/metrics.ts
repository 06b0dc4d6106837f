import { Counter, Gauge, Registry } from "prom-client";

import { DurationHistogram } from "./duration-histogram.js";
import { RouteMetrics, type Series } from "./route-metrics.js";

const serviceLabels = ["runner_name", "service_name", "service_version"] as const;
const routeLabels = ["endpoint", ...serviceLabels] as const;
const replyLabels = ["http_response_code", ...routeLabels] as const;

/** Labels of what is counted by route and status. */
export type ReplyLabels = Record<(typeof replyLabels)[number], string>;

/** One series, with its labels. */
export interface LabelledSeries {
  readonly labels: ReplyLabels;
  readonly series: Series;
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
  readonly registry = new Registry();
  /** When the last request arrived, in milliseconds since 1970. */
  lastRequestAt: number | undefined;
  readonly #labels: Readonly<Record<(typeof serviceLabels)[number], string>>;
  readonly #routes = new Map<string, RouteMetrics>();

  constructor({ service, version }: MetricsOptions) {
    this.#labels = { runner_name: service, service_name: service, service_version: version };
    this.registry.registerMetric(this.#total());
    this.registry.registerMetric(this.#inProgress());
    this.registry.registerMetric(this.#lastRequest());
    this.registry.registerMetric(new DurationHistogram(() => this.#replies()));
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

  /** The exposition text for a scraper. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Every series there is, with its labels. */
  #replies(): LabelledSeries[] {
    return [...this.#routes].flatMap(([endpoint, route]) =>
      [...route.series].map(([status, series]) => ({
        labels: { endpoint, http_response_code: String(status), ...this.#labels },
        series,
      })),
    );
  }

  #total(): Counter<keyof ReplyLabels> {
    const replies = () => this.#replies();
    return new Counter({
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

  #inProgress(): Gauge<(typeof routeLabels)[number]> {
    const routes = this.#routes;
    const labels = this.#labels;
    return new Gauge({
      name: "bentoml_service_request_in_progress",
      help: "Requests being answered now",
      labelNames: routeLabels,
      registers: [],
      collect() {
        for (const [endpoint, { inProgress }] of routes) this.set({ endpoint, ...labels }, inProgress);
      },
    });
  }

  #lastRequest(): Gauge {
    const labels = this.#labels;
    const lastRequestAt = () => this.lastRequestAt;
    return new Gauge({
      name: "bentoml_service_last_request_timestamp_seconds",
      help: "When the last request arrived, in seconds since 1970",
      labelNames: ["pid", ...serviceLabels],
      registers: [],
      collect() {
        const at = lastRequestAt();
        if (at !== undefined) this.set({ pid: String(process.pid), ...labels }, at / 1000);
      },
    });
  }
}
