/** What parts in memory may take together, where one of them does not take more alone. */
const memoryBytes = 64 * 1024 * 1024;

/**
 * Parts on their way, several at the same time, in memory that is used again for the next ones. Large parts go fewer at
 * a time, and very large ones alone.
 */
export class PartLanes {
  readonly #lanes: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #running = new Set<Promise<void>>();
  /** Memory that nobody uses at the moment. */
  #free: Uint8Array[] = [];
  /** Bytes of the memory of parts that are running. */
  #held = 0;

  constructor(lanes: number, onFailure: (error: unknown) => void) {
    this.#lanes = lanes;
    this.#onFailure = onFailure;
  }

  /** Memory for a part, when there is room for it: the one that {@link run} is then given. */
  async memory(size: number): Promise<Uint8Array> {
    while (this.#running.size > 0 && (this.#running.size >= this.#lanes || this.#held + size > memoryBytes)) {
      await Promise.race(this.#running);
    }
    const free = this.#free.pop();
    // Parts only grow, but for the last one: what is too small will not be of use any more.
    return free !== undefined && free.length >= size ? free.subarray(0, size) : Buffer.allocUnsafeSlow(size);
  }

  /** Begins to send a part. */
  run(memory: Uint8Array, send: () => Promise<void>): void {
    this.#held += memory.length;
    const running = send()
      .catch(this.#onFailure)
      .finally(() => {
        this.#running.delete(running);
        this.#held -= memory.length;
        this.#free.push(new Uint8Array(memory.buffer));
      });
    this.#running.add(running);
  }

  /** Waits until no part is on its way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
