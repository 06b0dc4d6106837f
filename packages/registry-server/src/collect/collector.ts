import { collect, type Collected, type CollectOptions, type CollectParts } from "./collect.js";

/** How often a collection runs, and who hears of it. */
export interface CollectorOptions extends Pick<CollectOptions, "graceMs" | "auditDays" | "now"> {
  /** Default ten minutes. */
  readonly everyMs?: number | undefined;
  /** A collection that the timer began, and that removed something. */
  readonly onCollected?: ((collected: Collected) => void) | undefined;
  /** A collection that failed: the next one tries again. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const defaultEveryMs = 600_000;

/** Runs collections one after the other, on a timer and when somebody asks. */
export class Collector implements AsyncDisposable {
  readonly #parts: CollectParts;
  readonly #options: CollectorOptions;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<Collected | undefined> | undefined;

  constructor(parts: CollectParts, options: CollectorOptions = {}) {
    this.#parts = parts;
    this.#options = options;
    this.#timer = setInterval(() => void this.#onTimer(), options.everyMs ?? defaultEveryMs).unref();
  }

  /** Collects now, or waits for the collection that runs already; undefined where another server is at it. */
  async run(): Promise<Collected | undefined> {
    this.#running ??= this.#collect().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Ends the collection that runs, at its next step; none begins any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running?.catch(() => {});
  }

  async #collect(): Promise<Collected | undefined> {
    const { graceMs, auditDays, now } = this.#options;
    return collect(this.#parts, { graceMs, auditDays, now, signal: this.#stop.signal });
  }

  async #onTimer(): Promise<void> {
    if (this.#running !== undefined || this.#stop.signal.aborted) return;
    try {
      const collected = await this.run();
      if (collected !== undefined && Object.values(collected).some((count) => count > 0)) this.#options.onCollected?.(collected);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#options.onError?.(error);
    }
  }
}
