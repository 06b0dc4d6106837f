import { BentoError, errorEvent } from "@bento/core";
import type { ReplaySpec } from "@bento/sdk";

import { EventCutter } from "./event-cutter.js";
import { KeptEvents } from "./kept-events.js";
import type { LastingContext } from "./lasting-context.js";
import { type ReadSource, StreamReader } from "./stream-reader.js";

/** What a stream is kept with. */
export interface KeptStreamOptions {
  /** Wire name of its endpoint. */
  readonly api: string;
  readonly context: LastingContext;
  /** Framed events. */
  readonly events: AsyncIterable<string | Uint8Array>;
  readonly replay: ReplaySpec;
  /** Told when the method is done, however that came. */
  readonly onWhole: () => void;
  /** Told when nothing is left of it. */
  readonly onForgotten: () => void;
}

/** So many events the method may be ahead of somebody who reads. */
const mostAheadOfReader = 64;

/** In front of each id there has to be more than its number: which stream it counts in. */
const idField = "id: ";

/**
 * A stream that outlives the connections that it is read on.
 *
 * Of what was sent the last events are kept, since nobody knows what of it arrived. Without a reader the method goes on,
 * until as many more wait; then it is held back, so that nothing is lost. After its time without a reader it is ended.
 */
export class KeptStream implements ReadSource {
  readonly api: string;
  readonly context: LastingContext;
  readonly #options: KeptStreamOptions;
  readonly #source: AsyncIterator<string | Uint8Array>;
  readonly #cutter = new EventCutter();
  readonly #events: KeptEvents;
  #reader: StreamReader | undefined;
  #isWhole = false;
  #isEnded = false;
  #timer: NodeJS.Timeout | undefined;
  #wakePump: (() => void) | undefined;

  constructor(options: KeptStreamOptions) {
    this.#options = options;
    this.api = options.api;
    this.context = options.context;
    this.#events = new KeptEvents(options.replay);
    this.#source = options.events[Symbol.asyncIterator]();
    void this.#pump();
  }

  /** Whether its method is done and all events are there. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Whether a connection reads it. */
  get isRead(): boolean {
    return this.#reader !== undefined;
  }

  /** How much of it is kept. */
  get bytes(): number {
    return this.#events.bytes;
  }

  /**
   * Reads it from an event on; who read it before is broken off.
   * @throws BENTO_STREAM_GONE where that event is not kept any more, or was never sent
   */
  read(from = 0): StreamReader {
    const { first, end } = this.#events;
    if (from < first) {
      throw new BentoError("BENTO_STREAM_GONE", `The stream is kept from its item ${first} on, and not from ${from}.`, {
        hint: "Call the method anew. Its options replay.items and replay.bytes say how much is kept.",
      });
    }
    if (from > end) throw new BentoError("BENTO_STREAM_GONE", `The stream has not come to its item ${from} yet.`);
    clearTimeout(this.#timer);
    const before = this.#reader;
    this.#reader = new StreamReader(this);
    before?.displace();
    this.#events.goTo(from);
    return this.#reader;
  }

  take(): string | undefined {
    const event = this.#events.take();
    if (this.#wakePump !== undefined && !this.#isAheadBy(1 / 2)) this.#wakePump();
    return event;
  }

  left(reader: StreamReader): void {
    if (this.#reader !== reader) return;
    this.#reader = undefined;
    if (this.#isEnded) return;
    this.#timer = setTimeout(() => this.end(givenUp()), this.#options.replay.graceMs).unref();
    this.#wakePump?.();
  }

  /** Ends the method, if it is not done, and forgets everything. */
  end(reason: BentoError): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#reader?.displace();
    this.#options.onForgotten();
    if (this.#isWhole) return;
    this.context.interrupt(reason);
    // What it fails with at its end is of no use to anybody.
    this.#source.return?.().catch(() => undefined);
    this.#wakePump?.();
  }

  /**
   * Whether the method is that part or more of the way ahead that it may be. A reader that is there holds it back sooner
   * than one who is to come back.
   */
  #isAheadBy(part: number): boolean {
    const { items, bytes } = this.#options.replay;
    const { waiting, waitingBytes } = this.#events;
    const most = this.#reader === undefined ? items : Math.min(items, mostAheadOfReader);
    return waiting >= most * part || waitingBytes >= bytes * part;
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        while (this.#isAheadBy(1) && !this.#isEnded) await new Promise<void>((resolve) => (this.#wakePump = resolve));
        this.#wakePump = undefined;
        if (this.#isEnded) return;
        const { done, value } = await this.#source.next();
        if (done === true) break;
        for (const event of this.#cutter.push(value)) this.#add(event);
      }
    } catch (error) {
      // A worker that dies takes its stream along: whoever comes back has to hear of it.
      if (!this.#isEnded) this.#add(errorEvent(error));
    }
    this.#isWhole = true;
    this.#reader?.wake();
    this.#options.onWhole();
  }

  #add(event: string): void {
    if (event.startsWith(":")) return this.#reader?.remark(event);
    const isNumbered = event.startsWith(idField);
    this.#events.add(isNumbered ? `${idField}${this.context.requestId}-${event.slice(idField.length)}` : event);
    this.#reader?.wake();
  }
}

function givenUp(): BentoError {
  return new BentoError("BENTO_CANCELLED", "The caller went away and did not come back for the rest of the stream.");
}
