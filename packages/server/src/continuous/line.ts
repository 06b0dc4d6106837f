/** One that stands in a line, or has left it. */
export class Place<T> {
  readonly value: T;
  before: Place<T> | undefined;
  after: Place<T> | undefined;
  isIn = true;
  readonly #line: Line<T>;

  constructor(value: T, line: Line<T>) {
    this.value = value;
    this.#line = line;
  }

  /** @returns whether it was still in the line */
  leave(): boolean {
    if (!this.isIn) return false;
    this.#line.remove(this);
    return true;
  }
}

/** First come, first served, and any may leave at any time. A chain and no Map, for the same reason as in `wire/call-table.ts`. */
export class Line<T> {
  #first: Place<T> | undefined;
  #last: Place<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(value: T): Place<T> {
    const place = new Place(value, this);
    place.before = this.#last;
    if (this.#last === undefined) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
    this.#size += 1;
    return place;
  }

  /** The first leaves; `undefined` where there is none. */
  shift(): T | undefined {
    const first = this.#first;
    if (first !== undefined) this.remove(first);
    return first?.value;
  }

  /** One that is in it leaves. */
  remove(place: Place<T>): void {
    const { before, after } = place;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    place.before = undefined;
    place.after = undefined;
    place.isIn = false;
    this.#size -= 1;
  }
}
