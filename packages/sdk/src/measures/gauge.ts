import { type LabelValues, measured, type MeasureFigures, type MeasureOptions, SeriesTable } from "./measure.js";

/** A number that grows and shrinks: what waits, what is loaded. */
export class Gauge<Label extends string = never> {
  readonly #options: MeasureOptions<Label>;
  readonly #series: SeriesTable<{ value: number }>;

  constructor(options: MeasureOptions<Label>) {
    this.#options = options;
    this.#series = new SeriesTable(options.labels ?? [], () => ({ value: 0 }));
  }

  /** Says what it is now. */
  set(value: number, ...labels: LabelValues<Label>): void {
    this.#series.of(labels[0]).value = value;
  }

  /** Adds to it; less than 0 takes away. */
  inc(by = 1, ...labels: LabelValues<Label>): void {
    this.#series.of(labels[0]).value += by;
  }

  /** Takes away from it. */
  dec(by = 1, ...labels: LabelValues<Label>): void {
    this.#series.of(labels[0]).value -= by;
  }

  /** What it is in this process. */
  figures(): MeasureFigures {
    const { help, labels = [] } = this.#options;
    return { kind: "gauge", help, labels, series: this.#series.told(({ value }) => value) };
  }
}

/**
 * A gauge of your own in `/metrics`: the sum over the workers that live. Otherwise as `counter`.
 * @throws BENTO_SERVICE_INVALID for a name or label that Prometheus does not know, or a name that is taken
 */
export function gauge<const Label extends string = never>(name: string, options: MeasureOptions<Label>): Gauge<Label> {
  return measured(name, "gauge", options, () => new Gauge(options));
}
