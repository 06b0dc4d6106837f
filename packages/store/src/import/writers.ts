/** How many writes of whole files run at once: a store may take hundreds of small ones together. */
const maxAtOnce = 512;
/** Bytes that all of them hold together. */
const maxBytes = 16 * 1024 * 1024;

/**
 * Work that goes on while its caller reads further, bounded in number and in bytes. The first failure is thrown by the
 * next call. Leaving its block waits for what is still running, so that nothing works on behind an import's back.
 */
export class Writers implements AsyncDisposable {
  #running = 0;
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #onEnd: () => void = () => {};

  /** Waits until there is room for work on so many bytes. @throws the first failure */
  async room(bytes: number): Promise<void> {
    this.#check();
    while (!this.hasRoom(bytes)) {
      await this.#nextEnd();
      this.#check();
    }
  }

  /** Whether there is room already: to wait for nothing takes its time, too, when there are tens of thousands of files. */
  hasRoom(bytes: number): boolean {
    if (this.#failure !== undefined) return false;
    return this.#running === 0 || (this.#running < maxAtOnce && this.#bytes + bytes <= maxBytes);
  }

  /** Takes work that has begun; does not wait for its end. */
  add(bytes: number, work: Promise<void>): void {
    void this.#run(bytes, work);
  }

  /** Waits for everything that was begun. @throws the first failure */
  async idle(): Promise<void> {
    await this[Symbol.asyncDispose]();
    this.#check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#running > 0) await this.#nextEnd();
  }

  async #run(bytes: number, work: Promise<void>): Promise<void> {
    this.#running += 1;
    this.#bytes += bytes;
    try {
      await work;
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#running -= 1;
    this.#bytes -= bytes;
    this.#onEnd();
  }

  /** Not a race between all that run: each of them would keep every race that it was in. */
  #nextEnd(): Promise<void> {
    return new Promise((resolve) => (this.#onEnd = resolve));
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
