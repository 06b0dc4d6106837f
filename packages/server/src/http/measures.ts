import type { MeasuredSeries, MeasureFigures } from "@bento/sdk/runtime";

/** What a service has counted itself, by name of the measure. */
export type Measures = Readonly<Record<string, MeasureFigures>>;

/** The measures of several processes together. Where one of them is something else in another process, the last holds. */
export function addMeasures(all: readonly Measures[]): Measures {
  const added = new Map<string, MeasureFigures>();
  for (const [name, one] of all.flatMap((measures) => Object.entries(measures))) {
    const before = added.get(name);
    added.set(name, before !== undefined && isLike(before, one) ? { ...one, series: addSeries(before.series, one.series) } : one);
  }
  return Object.fromEntries(added);
}

/** What stays of the measures of a process that has ended: what it counted, but not what it was. */
export function lastingMeasures(measures: Measures): Measures {
  return Object.fromEntries(Object.entries(measures).filter(([, { kind }]) => kind !== "gauge"));
}

/** The text that a scraper reads, with a line break at its end; nothing for nothing. */
export function measuresText(measures: Measures): string {
  return Object.entries(measures)
    .flatMap(([name, { kind, help, labels, bounds = [], series }]) => [
      `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} ${kind}`,
      ...Object.entries(series).flatMap(([values, one]) => {
        const pairs = values === "" ? [] : (JSON.parse(values) as string[]).map((value, at) => `${labels[at]}="${escaped(value)}"`);
        return typeof one === "number" ? [sample(name, pairs, one)] : histogramLines(name, pairs, bounds, one);
      }),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

function histogramLines(name: string, pairs: readonly string[], bounds: readonly number[], one: MeasuredSeries): readonly string[] {
  let below = 0;
  const buckets = bounds.map((bound, at) => sample(`${name}_bucket`, [...pairs, `le="${bound}"`], (below += one.buckets[at] ?? 0)));
  return [
    ...buckets,
    sample(`${name}_bucket`, [...pairs, 'le="+Inf"'], one.count),
    sample(`${name}_sum`, pairs, one.sum),
    sample(`${name}_count`, pairs, one.count),
  ];
}

function sample(name: string, pairs: readonly string[], value: number): string {
  const text = Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${text}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function isLike(one: MeasureFigures, other: MeasureFigures): boolean {
  return shapeOf(one) === shapeOf(other);
}

function shapeOf({ kind, labels, bounds }: MeasureFigures): string {
  return JSON.stringify([kind, labels, bounds]);
}

function addSeries(one: MeasureFigures["series"], other: MeasureFigures["series"]): MeasureFigures["series"] {
  const added: Record<string, number | MeasuredSeries> = { ...one };
  for (const [values, more] of Object.entries(other)) {
    const before = added[values];
    added[values] = before === undefined ? more : addOne(before, more);
  }
  return added;
}

function addOne(one: number | MeasuredSeries, other: number | MeasuredSeries): number | MeasuredSeries {
  if (typeof one === "number" || typeof other === "number") return Number(one) + Number(other);
  return {
    count: one.count + other.count,
    sum: one.sum + other.sum,
    buckets: one.buckets.map((count, at) => count + (other.buckets[at] ?? 0)),
  };
}
