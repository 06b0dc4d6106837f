/** Tells when a server is silent for too long. It runs only while somebody waits for the server. */
export class IdleClock {
  readonly #timer: NodeJS.Timeout;
  readonly #onSilence: () => void;
  #isRunning = true;

  constructor(milliseconds: number, onSilence: () => void) {
    this.#onSilence = onSilence;
    this.#timer = setTimeout(() => this.#ring(), milliseconds);
  }

  /** From now on somebody waits. */
  start(): void {
    this.#isRunning = true;
    this.#timer.refresh();
  }

  /** Something came. */
  rest(): void {
    this.#isRunning = false;
  }

  /** Nothing will be waited for any more. */
  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  #ring(): void {
    if (this.#isRunning) this.#onSilence();
  }
}
