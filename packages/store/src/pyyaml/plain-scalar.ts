/** A plain scalar whose text matters beside its value: `version: 20240101` names a version although it reads as a number. */
export class PlainScalar {
  readonly text: string;
  readonly value: unknown;

  constructor(text: string, value: unknown) {
    this.text = text;
    this.value = value;
  }
}

/** What a reader of a known document can ask for. */
export interface ReadOptions {
  /** Keys of the top-level map whose plain scalars are handed out as {@link PlainScalar}. */
  readonly keepText?: ReadonlySet<string>;
}
