import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Upper bounds in seconds, BentoML's. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 180];

const routeLabels = ["endpoint", "runner_name", "service_name", "service_version"] as const;
const replyLabels = ["endpoint", "http_response_code", "runner_name", "service_name", "service_version"] as const;

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
 * @source BentoML src/bentoml/_internal/server/http/instruments.py; differs: `endpoint`, and no websocket series
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #labels: Readonly<Record<"runner_name" | "service_name" | "service_version", string>>;
  readonly #routes = new Map<string, RouteMetrics>();
  readonly #duration = new Histogram({
    name: "bentoml_service_request_duration_seconds",
    help: "Seconds from a request's arrival to the end of its answer",
    labelNames: replyLabels,
    buckets: durationBuckets,
    registers: [this.registry],
  });
  readonly #total = new Counter({
    name: "bentoml_service_request_total",
    help: "Requests answered",
    labelNames: replyLabels,
    registers: [this.registry],
  });
  lastRequestAt: number | undefined;

  constructor({ service, version }: MetricsOptions) {
    this.#labels = { runner_name: service, service_name: service, service_version: version };
    const labels = this.#labels;
    const routes = this.#routes;
    // Counted in plain numbers and read when somebody asks: gauges need no work on the way of a request.
    this.registry.registerMetric(
      new Gauge({
        name: "bentoml_service_request_in_progress",
        help: "Requests being answered now",
        labelNames: routeLabels,
        registers: [],
        collect() {
          for (const [endpoint, { inProgress }] of routes) this.set({ endpoint, ...labels }, inProgress);
        },
      }),
    );
    const lastRequestAt = () => this.lastRequestAt;
    this.registry.registerMetric(
      new Gauge({
        name: "bentoml_service_last_request_timestamp_seconds",
        help: "When the last request arrived, in seconds since 1970",
        labelNames: ["pid", "runner_name", "service_name", "service_version"],
        registers: [],
        collect() {
          const at = lastRequestAt();
          if (at !== undefined) this.set({ pid: String(process.pid), ...labels }, at / 1000);
        },
      }),
    );
  }

  /**
   * The metrics of one route, made once.
   * @param endpoint the route, or `unmatched`
   * @param codes statuses whose series stand at 0 from the start
   */
  route(endpoint: string, codes: readonly number[] = []): RouteMetrics {
    let route = this.#routes.get(endpoint);
    if (!route) {
      const labelsOf = (status: number) => ({ endpoint, http_response_code: String(status), ...this.#labels });
      route = new RouteMetrics((status) => ({
        duration: this.#duration.labels(labelsOf(status)),
        total: this.#total.labels(labelsOf(status)),
      }));
      this.#routes.set(endpoint, route);
    }
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
}

interface Series {
  readonly duration: { observe(seconds: number): void };
  readonly total: { inc(value?: number): void };
}

/** What is counted of one route. Series are looked up by labels once for each status, not for each request. */
export class RouteMetrics {
  inProgress = 0;
  readonly #make: (status: number) => Series;
  readonly #series = new Map<number, Series>();

  constructor(make: (status: number) => Series) {
    this.#make = make;
  }

  /** Makes the series of a status before the first request has it. */
  prepare(status: number): void {
    this.#of(status).total.inc(0);
  }

  /** A request arrived. */
  begin(): void {
    this.inProgress += 1;
  }

  /** Its answer is complete. */
  end(status: number, seconds: number): void {
    this.inProgress -= 1;
    const series = this.#of(status);
    series.total.inc();
    series.duration.observe(seconds);
  }

  #of(status: number): Series {
    let series = this.#series.get(status);
    if (!series) {
      series = this.#make(status);
      this.#series.set(status, series);
    }
    return series;
  }
}
