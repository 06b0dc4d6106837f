import type { BatchFigures } from "../batching/batch-counter.js";
import { addMeasures, lastingMeasures, type Measures } from "./measures.js";

/** Numbers of one kind, by how large they are: the durations of requests that were answered alike, the sizes of batches. */
export interface SeriesFigures {
  readonly count: number;
  readonly sum: number;
  /** How many by the first bound that they are not above. */
  readonly buckets: readonly number[];
}

/** What was counted of one route. */
export interface RouteFigures {
  readonly inProgress: number;
  /** Streams that are open; none where there are never any. */
  readonly streams?: number | undefined;
  /** Requests that were turned away, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Seconds that requests took, by status. */
  readonly series: Readonly<Record<string, SeriesFigures>>;
}

/** What an app has counted, as plain data: it can be sent to another process, and added up. */
export interface Figures {
  /** When the last request arrived, by process: milliseconds since 1970. */
  readonly lastRequests: Readonly<Record<string, number>>;
  /** By endpoint. */
  readonly routes: Readonly<Record<string, RouteFigures>>;
  /** By wire name of the endpoint, where any gathers its calls. */
  readonly batches: Readonly<Record<string, BatchFigures>>;
  /** What the service has counted itself. */
  readonly measures?: Measures | undefined;
}

/** Nothing was counted, whatever the bounds. */
export const noSeries: SeriesFigures = { count: 0, sum: 0, buckets: [] };

export const noFigures: Figures = { lastRequests: {}, routes: {}, batches: {} };

/** The figures of several processes together. */
export function addFigures(all: readonly Figures[]): Figures {
  const lastRequests = Object.assign({}, ...all.map((one) => one.lastRequests)) as Record<string, number>;
  const endpoints = new Set(all.flatMap(({ routes }) => Object.keys(routes)));
  const routes = [...endpoints].map((endpoint) => {
    const parts = all.flatMap((one) => one.routes[endpoint] ?? []);
    return [endpoint, addRoutes(parts)] as const;
  });
  const measures = addMeasures(all.map((one) => one.measures ?? {}));
  return { lastRequests, routes: Object.fromEntries(routes), batches: addBatches(all.map((one) => one.batches)), measures };
}

/** What stays of the figures of a process that has ended: it works on nothing any more, but its answers were given. */
export function lastingFigures({ routes, batches, measures = {} }: Figures): Figures {
  const lasting = Object.entries(routes).map(
    ([endpoint, { series, refused, streams }]) =>
      [endpoint, { inProgress: 0, streams: streams === undefined ? undefined : 0, refused, series }] as const,
  );
  return { lastRequests: {}, routes: Object.fromEntries(lasting), batches: lastingBatches(batches), measures: lastingMeasures(measures) };
}

function addRoutes(routes: readonly RouteFigures[]): RouteFigures {
  const refused: Record<string, number> = {};
  for (const route of routes) {
    for (const [reason, count] of Object.entries(route.refused)) refused[reason] = (refused[reason] ?? 0) + count;
  }
  const streams = routes.flatMap((route) => route.streams ?? []);
  return {
    inProgress: sum(routes.map(({ inProgress }) => inProgress)),
    streams: streams.length === 0 ? undefined : sum(streams),
    refused,
    series: addSeriesByName(routes.map(({ series }) => series)),
  };
}

/** What was counted of batches in several processes. Where one allows other sizes than the last, what it counted is left out. */
export function addBatches(all: readonly Figures["batches"][]): Figures["batches"] {
  const apis = new Set(all.flatMap((one) => Object.keys(one)));
  const batches = [...apis].map((api) => {
    const parts = all.flatMap((one) => one[api] ?? []);
    const { maxBatchSize } = parts.at(-1) as BatchFigures;
    return [api, parts.filter((part) => part.maxBatchSize === maxBatchSize).reduce(addBatch)] as const;
  });
  return Object.fromEntries(batches);
}

/** What stays of what was counted of batches in a process that has ended. */
export function lastingBatches(batches: Figures["batches"]): Figures["batches"] {
  return Object.fromEntries(Object.entries(batches).map(([api, figures]) => [api, { ...figures, waiting: 0 }]));
}

function addBatch(one: BatchFigures, other: BatchFigures): BatchFigures {
  return {
    maxBatchSize: one.maxBatchSize,
    waiting: one.waiting + other.waiting,
    sizes: addSeriesByName([one.sizes, other.sizes]),
    items: addSeries(one.items, other.items),
    waits: addSeries(one.waits, other.waits),
    runs: addSeries(one.runs, other.runs),
    requestRunSeconds: one.requestRunSeconds + other.requestRunSeconds,
  };
}

function addSeriesByName(all: readonly Readonly<Record<string, SeriesFigures>>[]): Record<string, SeriesFigures> {
  const added: Record<string, SeriesFigures> = {};
  for (const one of all) {
    for (const [name, figures] of Object.entries(one)) {
      const before = added[name];
      added[name] = before === undefined ? figures : addSeries(before, figures);
    }
  }
  return added;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function addSeries(one: SeriesFigures, other: SeriesFigures): SeriesFigures {
  const [longer, shorter] = one.buckets.length < other.buckets.length ? [other.buckets, one.buckets] : [one.buckets, other.buckets];
  return {
    count: one.count + other.count,
    sum: one.sum + other.sum,
    buckets: longer.map((count, index) => count + (shorter[index] ?? 0)),
  };
}
