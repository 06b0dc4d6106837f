import { BentoError } from "@bento/core";
import { onAbort } from "./abort-listeners.js";

/** The longest delay a timer takes; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** What may end a call before its answer: time, and the signals of the call and of its client. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #leaveSignals: (() => void)[] = [];
  readonly #what: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timeoutMs = 0;
  /** Told when the call is over. */
  onOver: (() => void) | undefined;
  #endsAt = Infinity;

  /** @param what the call, for messages: `POST http://localhost:3000/classify` */
  constructor(what: string, timeoutMs: number, signals: readonly (AbortSignal | undefined)[]) {
    this.#what = what;
    for (const signal of signals) {
      if (signal?.aborted === true) this.#cancel(signal);
      else if (signal) this.#leaveSignals.push(onAbort(signal, () => this.#cancel(signal)));
    }
    this.#startTimer(timeoutMs);
  }

  /** Aborted, with a BentoError as its reason, when the call is over before its time. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The promise, or the reason why nobody waits for it any more. */
  async race<T>(promise: T | Promise<T>): Promise<T> {
    const { signal } = this;
    let onEnd: (() => void) | undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      onEnd = () => reject(signal.reason as BentoError);
      if (signal.aborted) onEnd();
      else signal.addEventListener("abort", onEnd, { once: true });
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      if (onEnd) signal.removeEventListener("abort", onEnd);
    }
  }

  /** Milliseconds that are left. */
  get leftMs(): number {
    return this.#endsAt - Date.now();
  }

  /** Waits, unless the call is over before. */
  async pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await this.race(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))));
    } finally {
      clearTimeout(timer);
    }
  }

  /** From here on the call may take so long, whatever was said before. */
  restartTimer(timeoutMs: number): void {
    this.stopTimer();
    if (!this.signal.aborted) this.#startTimer(timeoutMs);
  }

  /** Some of what is sent has left: as long as that goes on, time counts anew with each piece. */
  moved(): void {
    if (this.#timer !== undefined) this.restartTimer(this.#timeoutMs);
  }

  /** The rest of what is to be sent cannot be had: the call is over, and this is what it fails with. */
  fail(error: unknown): void {
    this.#controller.abort(error);
  }

  /** From here on only signals end the call, however long it takes. */
  stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#endsAt = Infinity;
  }

  /** Ends what still runs for the call, without a word to anybody. */
  abandon(): void {
    this.#controller.abort(new BentoError("BENTO_CANCELLED", `${this.#what} was left before its end.`));
    this.close();
  }

  /** Lets go of the timer and the signals. Not `Symbol.dispose`, which not every browser has. */
  close(): void {
    this.stopTimer();
    this.onOver?.();
    for (const leave of this.#leaveSignals.splice(0)) leave();
  }

  #startTimer(timeoutMs: number): void {
    this.#timeoutMs = timeoutMs;
    this.#endsAt = Date.now() + timeoutMs;
    if (timeoutMs <= longestTimerMs) this.#timer = setTimeout(() => this.#expire(`${timeoutMs} ms`), timeoutMs);
  }

  #cancel(signal: AbortSignal): void {
    const cause: unknown = signal.reason;
    if (isTimeout(cause)) this.#expire("the time its signal allowed", cause);
    else this.#controller.abort(new BentoError("BENTO_CANCELLED", `${this.#what} was aborted by its caller.`, { cause }));
  }

  #expire(limit: string, cause?: unknown): void {
    const hint = "Raise timeoutMs, or look at why the service takes so long.";
    this.#controller.abort(new BentoError("BENTO_TIMEOUT", `${this.#what} had no answer within ${limit}.`, { hint, cause }));
  }
}

/** The reason that `AbortSignal.timeout()` gives. */
function isTimeout(reason: unknown): boolean {
  return typeof reason === "object" && reason !== null && (reason as { name?: unknown }).name === "TimeoutError";
}
