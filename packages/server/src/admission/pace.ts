/** What counts is the last second of waiting, or where calls begin that seldom, the last sixteen of them. */
const windowMs = 1000;
const windowCalls = 16;
/** Before so many have begun, nobody knows how fast it goes. */
const fewestCalls = 8;
/** How fast it went before nobody waited for so long says nothing any more. Milliseconds. */
const staleMs = 1000;

/** How fast those who wait get their turn, measured while anybody waits. */
export class Pace {
  /** Calls that began, and the time that it took, the older the less. */
  #calls = 0;
  #ms = 0;
  #begun = 0;
  #at = -Infinity;
  #isRunning = false;

  /** Somebody waits. */
  start(now: number): void {
    if (this.#isRunning) return;
    if (now - this.#at > staleMs) this.#calls = this.#ms = this.#begun = 0;
    this.#isRunning = true;
    this.#at = now;
  }

  /** Nobody waits any more. */
  stop(now: number): void {
    this.#advance(now);
    this.#isRunning = false;
  }

  /** One that waited has begun. */
  begun(now: number): void {
    this.#advance(now);
    this.#calls += 1;
    this.#begun += 1;
  }

  /** How long one waits that has so many before it; 0 while nobody knows. Milliseconds. */
  waitMs(ahead: number, now: number): number {
    if (this.#begun < fewestCalls) return 0;
    this.#advance(now);
    return (ahead * this.#ms) / this.#calls;
  }

  #advance(now: number): void {
    if (!this.#isRunning || now <= this.#at) return;
    const window = this.#calls > 0 ? Math.max(windowMs, (windowCalls * this.#ms) / this.#calls) : Infinity;
    const elapsed = now - this.#at;
    this.#at = now;
    const kept = Math.exp(-elapsed / window);
    this.#calls *= kept;
    this.#ms = this.#ms * kept + (window === Infinity ? elapsed : window * (1 - kept));
  }
}
