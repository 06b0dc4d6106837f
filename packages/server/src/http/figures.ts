/** How long requests took that were answered alike. */
export interface SeriesFigures {
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
  readonly buckets: readonly number[];
}

/** What was counted of one route. */
export interface RouteFigures {
  readonly inProgress: number;
  /** Streams that are open; none where there are never any. */
  readonly streams?: number | undefined;
  /** Requests that were turned away, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** By status. */
  readonly series: Readonly<Record<string, SeriesFigures>>;
}

/** What an app has counted, as plain data: it can be sent to another process, and added up. */
export interface Figures {
  /** When the last request arrived, by process: milliseconds since 1970. */
  readonly lastRequests: Readonly<Record<string, number>>;
  /** By endpoint. */
  readonly routes: Readonly<Record<string, RouteFigures>>;
}

export const noFigures: Figures = { lastRequests: {}, routes: {} };

/** The figures of several processes together. */
export function addFigures(all: readonly Figures[]): Figures {
  const lastRequests = Object.assign({}, ...all.map((one) => one.lastRequests)) as Record<string, number>;
  const endpoints = new Set(all.flatMap(({ routes }) => Object.keys(routes)));
  const routes = [...endpoints].map((endpoint) => {
    const parts = all.flatMap((one) => one.routes[endpoint] ?? []);
    return [endpoint, addRoutes(parts)] as const;
  });
  return { lastRequests, routes: Object.fromEntries(routes) };
}

/** What stays of the figures of a process that has ended: it works on nothing any more, but its answers were given. */
export function lastingFigures({ routes }: Figures): Figures {
  const lasting = Object.entries(routes).map(
    ([endpoint, { series, refused, streams }]) =>
      [endpoint, { inProgress: 0, streams: streams === undefined ? undefined : 0, refused, series }] as const,
  );
  return { lastRequests: {}, routes: Object.fromEntries(lasting) };
}

function addRoutes(routes: readonly RouteFigures[]): RouteFigures {
  const series: Record<string, SeriesFigures> = {};
  for (const route of routes) {
    for (const [status, figures] of Object.entries(route.series)) {
      const before = series[status];
      series[status] = before === undefined ? figures : addSeries(before, figures);
    }
  }
  const refused: Record<string, number> = {};
  for (const route of routes) {
    for (const [reason, count] of Object.entries(route.refused)) refused[reason] = (refused[reason] ?? 0) + count;
  }
  const streams = routes.flatMap((route) => route.streams ?? []);
  return {
    inProgress: sum(routes.map(({ inProgress }) => inProgress)),
    streams: streams.length === 0 ? undefined : sum(streams),
    refused,
    series,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function addSeries(one: SeriesFigures, other: SeriesFigures): SeriesFigures {
  return {
    count: one.count + other.count,
    sum: one.sum + other.sum,
    buckets: one.buckets.map((count, index) => count + (other.buckets[index] ?? 0)),
  };
}
