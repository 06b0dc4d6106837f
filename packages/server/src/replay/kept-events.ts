/** How much of a stream is kept after it was sent. */
export interface KeptBounds {
  readonly items: number;
  readonly bytes: number;
}

/** One event, and how many bytes it is when it is sent. */
interface KeptEvent {
  readonly text: string;
  readonly bytes: number;
}

/**
 * The events of a stream: those that wait for its reader, and before them the last ones that were sent, as many as are
 * kept. Of what is larger than all that may be kept, one is.
 */
export class KeptEvents {
  readonly #most: KeptBounds;
  readonly #events: KeptEvent[] = [];
  #first = 0;
  #next = 0;
  #sentBytes = 0;
  #waitingBytes = 0;

  constructor(most: KeptBounds) {
    this.#most = most;
  }

  /** The number of the first event that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The number of the event that comes next. */
  get end(): number {
    return this.#first + this.#events.length;
  }

  /** Events that wait for the reader. */
  get waiting(): number {
    return this.end - this.#next;
  }

  /** Bytes of those that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Bytes of all that are kept. */
  get bytes(): number {
    return this.#sentBytes + this.#waitingBytes;
  }

  add(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#events.push({ text, bytes });
    this.#waitingBytes += bytes;
  }

  /** The next event, if it is there; it counts as sent from now on. */
  take(): string | undefined {
    const event = this.#events[this.#next - this.#first];
    if (event === undefined) return undefined;
    this.#next += 1;
    this.#sentBytes += event.bytes;
    this.#waitingBytes -= event.bytes;
    this.#forgetSome();
    return event.text;
  }

  /** From now on all events from this one on wait; it has to be one that is kept, or the one that comes next. */
  goTo(number: number): void {
    const { bytes } = this;
    this.#next = number;
    this.#sentBytes = 0;
    for (let at = 0; at < number - this.#first; at += 1) this.#sentBytes += (this.#events[at] as KeptEvent).bytes;
    this.#waitingBytes = bytes - this.#sentBytes;
    this.#forgetSome();
  }

  /** Several at a time: to take one off the front of a long list costs as much as to take many. */
  #forgetSome(): void {
    const { items, bytes } = this.#most;
    const sent = this.#next - this.#first;
    if (sent <= items * 1.125 && this.#sentBytes <= bytes * 1.125) return;
    let count = 0;
    while (sent - count > 1 && (sent - count > items || this.#sentBytes > bytes)) {
      this.#sentBytes -= (this.#events[count] as KeptEvent).bytes;
      count += 1;
    }
    this.#events.splice(0, count);
    this.#first += count;
  }
}
