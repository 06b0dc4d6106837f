import { cancellation } from "../../../store/cancellation.js";
import { idleMs } from "../../remote.js";

/**
 * The signal of one request: aborted when its caller's is, or when nothing was heard of the server for so long that it
 * is given up. The clock runs from the start, begins anew with each {@link heard}, and stands still while others wait
 * for us ({@link pause}).
 */
export class IdleSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #ms: number;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  /** Whether silence ended it. */
  isIdle = false;

  constructor(caller: AbortSignal | undefined, ms: number = idleMs) {
    this.#caller = caller;
    this.#ms = ms;
    caller?.addEventListener("abort", this, { once: true });
    if (caller?.aborted) this.handleEvent();
    else this.heard();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The server gave a sign of life, or took some of what it is sent. */
  heard(): void {
    if (this.signal.aborted || this.#isOver) return;
    if (this.#timer === undefined) this.#timer = setTimeout(silence, this.#ms, this);
    else this.#timer.refresh();
  }

  /** Nothing is expected of the server, until {@link heard}. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Ends what is under way. */
  abort(reason?: unknown): void {
    this.pause();
    this.#controller.abort(reason);
  }

  /** The caller's signal is aborted. */
  handleEvent(): void {
    this.abort(this.#caller?.reason);
  }

  /** @throws BENTO_CANCELLED when the caller does not want it any more */
  checkCaller(doing: string): void {
    if (this.#caller?.aborted) throw cancellation(this.#caller, doing);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.pause();
    this.#caller?.removeEventListener("abort", this);
  }
}

function silence(request: IdleSignal): void {
  request.isIdle = true;
  request.abort();
}
