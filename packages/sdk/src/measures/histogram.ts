import { serviceInvalid } from "../service-invalid.js";
import { type LabelValues, measured, type MeasureFigures, type MeasureOptions, SeriesTable } from "./measure.js";

/** BentoML's own, in seconds. */
const defaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 180] as const;

/** Options of {@link histogram}. */
export interface HistogramOptions<Label extends string = never> extends MeasureOptions<Label> {
  /** Upper bounds, ascending. @default from 5 ms to 180 s, in seconds */
  readonly buckets?: readonly number[] | undefined;
}

/** Numbers, counted by how large they are: durations, sizes. */
export class Histogram<Label extends string = never> {
  readonly #options: HistogramOptions<Label>;
  readonly #bounds: readonly number[];
  readonly #series: SeriesTable<{ count: number; sum: number; readonly buckets: number[] }>;

  constructor(options: HistogramOptions<Label>) {
    const bounds = options.buckets ?? defaultBounds;
    this.#options = options;
    this.#bounds = bounds;
    this.#series = new SeriesTable(options.labels ?? [], () => ({
      count: 0,
      sum: 0,
      buckets: Array.from({ length: bounds.length + 1 }, () => 0),
    }));
  }

  /** Counts one. */
  observe(value: number, ...labels: LabelValues<Label>): void {
    const series = this.#series.of(labels[0]);
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = at === -1 ? this.#bounds.length : at;
    series.count += 1;
    series.sum += value;
    series.buckets[bucket] = (series.buckets[bucket] as number) + 1;
  }

  /** What it has counted in this process. */
  figures(): MeasureFigures {
    const { help, labels = [] } = this.#options;
    const series = this.#series.told(({ count, sum, buckets }) => ({ count, sum, buckets: [...buckets] }));
    return { kind: "histogram", help, labels, bounds: this.#bounds, series };
  }
}

/**
 * A histogram of your own in `/metrics`, added up over all workers. Otherwise as `counter`.
 * @throws BENTO_SERVICE_INVALID for a name, label or bounds that Prometheus does not know, or a name that is taken
 */
export function histogram<const Label extends string = never>(name: string, options: HistogramOptions<Label>): Histogram<Label> {
  const { buckets } = options;
  const isAscending = buckets?.every((bound, at) => Number.isFinite(bound) && (at === 0 || bound > (buckets[at - 1] as number)));
  if (isAscending === false || buckets?.length === 0) {
    throw serviceInvalid(
      `The histogram ${JSON.stringify(name)} has bounds that do not ascend.`,
      "Give finite numbers, each above the last.",
    );
  }
  return measured(name, "histogram", options, () => new Histogram(options));
}
