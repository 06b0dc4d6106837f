import type { BentoError } from "@bento/core";
import { cancellation, checkSignal } from "./cancellation.js";
import type { SignalOptions } from "./model-store.js";

/** What a life needs to know of the draft that has it. */
export interface DraftLifeOptions extends SignalOptions {
  /** What the draft does, such as `Saving clf:v1`, for the error when it is cancelled. */
  readonly what: string;
  /** The error for whoever uses the draft after its end. */
  readonly sealed: (state: "committed" | "discarded") => BentoError;
  /** Removes all that the draft wrote. */
  readonly removeAll: () => Promise<void>;
  /** Called after commit or discard. */
  readonly onEnd: () => void;
}

/**
 * The life of what is written before it can be seen: open, then committed or discarded, once and for all. An aborted
 * signal discards it. Both ends wait for the writes that run; discard stops them first.
 */
export class DraftLife {
  readonly #options: DraftLifeOptions;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #state: "open" | "committing" | "committed" | "discarded" = "open";
  #ended: Promise<unknown> = Promise.resolve();

  constructor(options: DraftLifeOptions) {
    this.#options = options;
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** @throws what `sealed` makes, BENTO_CANCELLED */
  checkOpen(): void {
    if (this.#state === "open") return;
    const { signal, what, sealed } = this.#options;
    if (signal?.aborted && this.#state === "discarded") throw cancellation(signal, what);
    throw sealed(this.#state === "discarded" ? "discarded" : "committed");
  }

  /** Runs a write, whose signal tells it when the caller of the write, or the end of the draft, wants it to stop. */
  async run(write: (signal: AbortSignal) => Promise<void>, signal?: AbortSignal): Promise<void> {
    const running = write(signal === undefined ? this.#stop.signal : AbortSignal.any([this.#stop.signal, signal]));
    this.#running.add(running);
    try {
      await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * Ends the life as committed when `publish` succeeds, else as discarded.
   * @param publish is given a check to be made right before all becomes visible; when that throws, nothing may
   * @throws as `checkOpen`, what a write that still ran throws, what `publish` throws
   */
  async commit<Stored>(publish: (beforeVisible: () => void) => Promise<Stored>): Promise<Stored> {
    this.checkOpen();
    this.#state = "committing";
    const ending = this.#finish(publish);
    this.#ended = ending.catch(() => {});
    return ending;
  }

  /** Removes everything, unless it was committed; ends when nothing of the draft runs any more. */
  async discard(): Promise<void> {
    if (this.#state === "open") {
      this.#state = "discarded";
      this.#ended = this.#removeAll();
    }
    await this.#ended;
  }

  async #finish<Stored>(publish: (beforeVisible: () => void) => Promise<Stored>): Promise<Stored> {
    try {
      // A write that nobody waited for still belongs to the draft, and its failure to the commit.
      await Promise.all(this.#running);
      const stored = await publish(() => checkSignal(this.#options.signal, this.#options.what));
      this.#state = "committed";
      this.#end();
      return stored;
    } catch (error) {
      this.#state = "discarded";
      await this.#removeAll();
      throw error;
    }
  }

  async #removeAll(): Promise<void> {
    this.#stop.abort(this.#options.sealed("discarded"));
    await Promise.allSettled(this.#running);
    await this.#options.removeAll();
    this.#end();
  }

  #end(): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#options.onEnd();
  }

  readonly #onAbort = (): void => {
    const { signal, what } = this.#options;
    // Also while it is being committed: a write that still runs then is what the commit waits for.
    if (signal !== undefined) this.#stop.abort(cancellation(signal, what));
    void this.discard();
  };
}
