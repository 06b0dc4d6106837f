import { serviceInvalid } from "../service-invalid.js";

/** What a measure is. */
export type MeasureKind = "counter" | "gauge" | "histogram";

/** Numbers of one histogram with one set of labels. */
export interface MeasuredSeries {
  readonly count: number;
  readonly sum: number;
  /** How many by the first bound that they are not above; the last is for those that are above all. */
  readonly buckets: readonly number[];
}

/** What one measure has counted in this process: plain data, which can be sent to another process and added up. */
export interface MeasureFigures {
  readonly kind: MeasureKind;
  readonly help: string;
  readonly labels: readonly string[];
  /** Of a histogram alone: upper ones, ascending. */
  readonly bounds?: readonly number[] | undefined;
  /** By the values of the labels, as a JSON array; `""` where there are none. */
  readonly series: Readonly<Record<string, number | MeasuredSeries>>;
}

/** Options of `counter` and `gauge`. */
export interface MeasureOptions<Label extends string = never> {
  /** What it says, for people: one line. */
  readonly help: string;
  /** What it is told apart by. Their values must be few: more than a thousand sets of them are counted as `"other"`. */
  readonly labels?: readonly Label[] | undefined;
}

/** The values of the labels: none where there are no labels. */
export type LabelValues<Label extends string> = [Label] extends [never] ? [] : [labels: Readonly<Record<Label, string | number | boolean>>];

/** What counts. */
export interface Measured {
  readonly figures: () => MeasureFigures;
}

const key = Symbol.for("bento.measures");
const shared = globalThis as { [key]?: Map<string, Measured> };
/** Of the whole process, whichever copy of the package has made them. */
const measures: Map<string, Measured> = (shared[key] ??= new Map());

/** So many sets of labels one measure tells apart: each is a line of every scrape, and memory for ever. */
const mostSeries = 1000;
const namePattern = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const labelPattern = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The measure of this name: the one that there is, where a module is loaded a second time, or a new one.
 * @throws BENTO_SERVICE_INVALID for a name that cannot be one, or that is another measure's already
 */
export function measured<M extends Measured>(name: string, kind: MeasureKind, options: MeasureOptions<string>, make: () => M): M {
  const { labels = [] } = options;
  const whose = `The ${kind} ${JSON.stringify(name)}`;
  if (!namePattern.test(name) || name.startsWith("bentoml_service_")) {
    throw serviceInvalid(
      `${whose} cannot be called so.`,
      'Use letters, digits and "_", no digit first; "bentoml_service_" is the server\'s.',
    );
  }
  if (typeof options.help !== "string")
    throw serviceInvalid(`${whose} has no help.`, `Say what it counts: ${kind}(name, { help: "..." }).`);
  const bad = labels.find((label, index) => !labelPattern.test(label) || label === "le" || labels.indexOf(label) !== index);
  if (bad !== undefined) {
    throw serviceInvalid(
      `${whose} cannot have the label ${JSON.stringify(bad)}.`,
      'Use letters, digits and "_", each label once; "le" is taken.',
    );
  }
  const before = measures.get(name);
  if (before !== undefined) {
    const was = before.figures();
    if (was.kind === kind && JSON.stringify(was.labels) === JSON.stringify(labels)) return before as M;
    throw serviceInvalid(
      `${whose} is a ${was.kind} with the labels ${JSON.stringify(was.labels)} already.`,
      "Give one of them another name.",
    );
  }
  const measure = make();
  measures.set(name, measure);
  return measure;
}

/** What everything in this process has counted that `counter`, `gauge` and `histogram` have made, by name. */
export function measureFigures(): Readonly<Record<string, MeasureFigures>> {
  return Object.fromEntries([...measures].map(([name, measure]) => [name, measure.figures()]));
}

/** The numbers of one measure, by the values of its labels. */
export class SeriesTable<T> {
  readonly #labels: readonly string[];
  readonly #make: () => T;
  readonly #series = new Map<string, T>();

  constructor(labels: readonly string[], make: () => T) {
    this.#labels = labels;
    this.#make = make;
    // Without labels it stands at 0 from the start.
    if (labels.length === 0) this.#series.set("", make());
  }

  /** Those of one set of labels. */
  of(values: Readonly<Record<string, string | number | boolean>> | undefined): T {
    const labels = this.#labels;
    if (labels.length === 0) return this.#series.get("") as T;
    const found = this.#at(JSON.stringify(labels.map((label) => String(values?.[label] ?? ""))), mostSeries);
    return found ?? (this.#at(JSON.stringify(labels.map(() => "other")), Infinity) as T);
  }

  /** All of them, in a form of their own. */
  told<U>(tell: (one: T) => U): Readonly<Record<string, U>> {
    return Object.fromEntries([...this.#series].map(([values, one]) => [values, tell(one)]));
  }

  #at(values: string, most: number): T | undefined {
    let one = this.#series.get(values);
    if (one === undefined && this.#series.size < most) this.#series.set(values, (one = this.#make()));
    return one;
  }
}
