import { BentoError } from "@bento/core";

import { type LabelValues, measured, type MeasureFigures, type MeasureOptions, SeriesTable } from "./measure.js";

/** A number that only grows: calls, tokens, bytes. */
export class Counter<Label extends string = never> {
  readonly #options: MeasureOptions<Label>;
  readonly #series: SeriesTable<{ value: number }>;

  constructor(options: MeasureOptions<Label>) {
    this.#options = options;
    this.#series = new SeriesTable(options.labels ?? [], () => ({ value: 0 }));
  }

  /**
   * Adds to it.
   * @param by 0 or more
   * @throws BENTO_INTERNAL for less, or for what is no number
   */
  inc(by = 1, ...labels: LabelValues<Label>): void {
    if (!(by >= 0)) throw new BentoError("BENTO_INTERNAL", `A counter was to grow by ${by}.`, { hint: "What also shrinks is a gauge." });
    this.#series.of(labels[0]).value += by;
  }

  /** What it has counted in this process. */
  figures(): MeasureFigures {
    const { help, labels = [] } = this.#options;
    return { kind: "counter", help, labels, series: this.#series.told(({ value }) => value) };
  }
}

/**
 * A counter of your own in `/metrics`, the sum over all workers: `const tokens = counter("tokens_total", { help: "Tokens
 * made" })` at the top of a module, and `tokens.inc(12)` wherever it happens. It is the whole process's: two services in
 * one process both show it. Asked for again by the same name it is the same one.
 * @throws BENTO_SERVICE_INVALID for a name or label that Prometheus does not know, or a name that is taken
 */
export function counter<const Label extends string = never>(name: string, options: MeasureOptions<Label>): Counter<Label> {
  return measured(name, "counter", options, () => new Counter(options));
}
