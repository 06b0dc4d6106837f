/** How many writes of whole files run at once: enough to keep a disk busy, few enough to stay small. */
const maxAtOnce = 32;
/** Bytes that all of them hold together. */
const maxBytes = 16 * 1024 * 1024;

/**
 * Work that goes on while its caller reads further, bounded in number and in bytes. The first failure is thrown by the
 * next call. Leaving its block waits for what is still running, so that nothing works on behind an import's back.
 */
export class Writers implements AsyncDisposable {
  readonly #running = new Set<Promise<void>>();
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;

  /** Begins `work` as soon as there is room for its `bytes`; does not wait for its end. */
  async begin(bytes: number, work: () => Promise<void>): Promise<void> {
    this.#check();
    while (this.#running.size > 0 && (this.#running.size >= maxAtOnce || this.#bytes + bytes > maxBytes)) {
      await Promise.race(this.#running);
      this.#check();
    }
    this.#bytes += bytes;
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#bytes -= bytes;
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /** Waits for everything that was begun. @throws the first failure */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
    this.#check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
