/** A priority queue whose members may move and leave at any time: each is told where it stands. */
export class Heap<T> {
  /** Nothing is before its parent, at half its index. */
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;
  readonly #place: (item: T, index: number) => void;

  /** @param place told the index of an item whenever that changes */
  constructor(isBefore: (a: T, b: T) => boolean, place: (item: T, index: number) => void) {
    this.#isBefore = isBefore;
    this.#place = place;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** What is at the index leaves. */
  remove(index: number): void {
    const last = this.#items.pop() as T;
    if (index < this.#items.length) this.#settle(last, index);
  }

  /** What is at the index may belong elsewhere now. */
  moved(index: number): void {
    this.#settle(this.#items[index] as T, index);
  }

  #settle(item: T, index: number): void {
    if (index > 0 && this.#isBefore(item, this.#items[(index - 1) >> 1] as T)) this.#rise(item, index);
    else this.#sink(item, index);
  }

  #rise(item: T, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = this.#items[(index - 1) >> 1] as T;
      if (!this.#isBefore(item, parent)) break;
      this.#put(parent, index);
      index = (index - 1) >> 1;
    }
    this.#put(item, index);
  }

  #sink(item: T, from: number): void {
    const items = this.#items;
    let index = from;
    for (let child = 2 * index + 1; child < items.length; child = 2 * index + 1) {
      if (child + 1 < items.length && this.#isBefore(items[child + 1] as T, items[child] as T)) child += 1;
      if (!this.#isBefore(items[child] as T, item)) break;
      this.#put(items[child] as T, index);
      index = child;
    }
    this.#put(item, index);
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    this.#place(item, index);
  }
}
