/** What was opened, to be closed in the opposite order. */
export class Closers implements AsyncDisposable {
  #closers: (() => Promise<unknown>)[] = [];

  /** Remembers how something is closed. */
  add(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  /** Hands all of it over to somebody else to close. */
  move(): Closers {
    const moved = new Closers();
    moved.#closers = this.#closers;
    this.#closers = [];
    return moved;
  }

  /** Closes all of it, each whatever became of the others. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
