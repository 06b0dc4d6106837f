import { BentoError, bytesEvent, endEvent, errorEvent, eventStreamType, heartbeatEvent, itemEvent, toJson } from "@bento/core";

import { readAccept, weightOf } from "./accept.js";

/**
 * How the items of a stream are put on the wire.
 *
 * - `raw`, BentoML's own: texts and bytes as they are, other items as JSON, nothing between them, content type
 *   `text/event-stream`. For Python's clients, and for services that write events themselves. A failure in the middle
 *   breaks the connection off, so that no half stream passes for a whole one.
 * - `events`, when the caller accepts `text/event-stream`: Server-Sent Events with the framing described in
 *   `@bento/core` (`event-stream.ts`): an event for each item, its data as JSON, then an `end` or `error` event.
 * - `lines`, when the caller accepts `application/jsonl` or `application/x-ndjson`: each item as JSON on a line of its
 *   own; bytes as text in base64. A failure breaks the connection off.
 */
export type Framing = "raw" | "events" | "lines";

/** Content type of each framing. */
export const streamTypes: Readonly<Record<Framing, string>> = {
  raw: "text/event-stream; charset=utf-8",
  events: eventStreamType,
  lines: "application/jsonl; charset=utf-8",
};

/** A waiting event stream sends a comment before it was silent for twice as long, so that proxies do not close it. */
const heartbeatMs = 7500;

/** What asks for each framing, that of our own client first. */
const framings: readonly (readonly [type: string, framing: Framing])[] = [
  ["text/event-stream", "events"],
  ["application/jsonl", "lines"],
  ["application/x-ndjson", "lines"],
];

/** The framing that a caller asks for, by what it likes best; what asks for nothing in particular gets BentoML's. */
export function chooseFraming(accept: string | undefined): Framing {
  if (accept === undefined || accept === "*/*") return "raw";
  const ranges = readAccept(accept);
  let chosen: Framing = "raw";
  let most = 0;
  for (const [type, framing] of framings) {
    const weight = weightOf(ranges, type);
    if (weight > most) [chosen, most] = [framing, weight];
  }
  return chosen;
}

/**
 * A piece of a framed stream. Texts that come one right after the other may be sent as one; bytes are a chunk of their
 * own, which is all that BentoML's clients know JSON items apart by.
 */
type Piece = string | Uint8Array;

/** One stream: where its items come from, what they must be, how they are framed. */
export interface StreamOptions {
  readonly framing: Framing;
  /** The next item of the method's generator. */
  readonly next: () => Promise<IteratorResult<unknown>>;
  /** Ends the generator early, so that its `finally` blocks run. */
  readonly stop: () => Promise<unknown>;
  /** Checks an item and gives what is to be sent. */
  readonly check: (item: unknown) => unknown;
  /** Told of a failure after the first item. */
  readonly onLateError: (error: unknown) => void;
}

/**
 * Frames a stream.
 *
 * Resolves when the first item is there, or the generator has ended or failed without one: its error still has a status.
 * The next item is asked for only when the last one was taken, so that a slow reader slows the generator down.
 */
export async function openStream(options: StreamOptions): Promise<AsyncIterable<Piece>> {
  const first = await options.next();
  const item = first.done === true ? undefined : await checked(options, first.value);
  return new FramedStream(options, first.done === true, item);
}

/** An item that breaks its schema ends the generator too: nobody will ask it for more. */
async function checked({ check, stop }: StreamOptions, item: unknown): Promise<unknown> {
  try {
    return await check(item);
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * An iterator by hand and no generator: `return` on a generator that was never started skips its `finally`, and one
 * that waits for an item cannot be stopped at all.
 */
class FramedStream implements AsyncIterable<Piece>, AsyncIterator<Piece, undefined> {
  readonly #options: StreamOptions;
  /** The item that is already there. */
  #pending: { readonly item: unknown } | undefined;
  #awaited: Promise<IteratorResult<unknown>> | undefined;
  #isEmpty: boolean;
  #isOver = false;
  #count = 0;
  /** One timer for the whole stream: one for each item would cost more than the item. */
  #heart: NodeJS.Timeout | undefined;
  /** Whether nothing was sent since the last beat. */
  #isSilent = false;
  #wake: (() => void) | undefined;

  constructor(options: StreamOptions, isEmpty: boolean, first: unknown) {
    this.#options = options;
    this.#isEmpty = isEmpty;
    this.#pending = isEmpty ? undefined : { item: first };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Piece, undefined>> {
    if (this.#isOver) return { done: true, value: undefined };
    try {
      return await this.#advance();
    } catch (error) {
      this.#finish();
      this.#options.onLateError(error);
      if (this.#options.framing !== "events") throw error;
      return { done: false, value: errorEvent(error) };
    }
  }

  async return(): Promise<IteratorResult<Piece, undefined>> {
    const wasOver = this.#isOver;
    this.#finish();
    if (!wasOver && !this.#isEmpty) await this.#options.stop();
    return { done: true, value: undefined };
  }

  async #advance(): Promise<IteratorResult<Piece, undefined>> {
    if (this.#pending) {
      const { item } = this.#pending;
      this.#pending = undefined;
      return { done: false, value: this.#frame(item) };
    }
    if (this.#isEmpty) return this.#end();
    this.#awaited ??= this.#options.next();
    const result = this.#options.framing === "events" ? await this.#orBeat(this.#awaited) : await this.#awaited;
    if (result === undefined) return { done: false, value: heartbeatEvent };
    this.#awaited = undefined;
    if (result.done === true) return this.#end();
    return { done: false, value: this.#frame(await checked(this.#options, result.value)) };
  }

  /** What the promise gives, or `undefined` when the stream has been silent for long; the promise goes on. */
  #orBeat<T>(promise: Promise<T>): Promise<T | undefined> {
    this.#heart ??= setInterval(() => {
      if (this.#isSilent) this.#wake?.();
      this.#isSilent = true;
    }, heartbeatMs).unref();
    return new Promise((resolve, reject) => {
      const wake = (): void => resolve(undefined);
      this.#wake = wake;
      promise.then(resolve, reject);
    });
  }

  #finish(): void {
    this.#isOver = true;
    clearInterval(this.#heart);
  }

  #frame(item: unknown): Piece {
    this.#isSilent = false;
    const id = this.#count++;
    switch (this.#options.framing) {
      case "events":
        return item instanceof Uint8Array ? bytesEvent(base64(item), id) : itemEvent(item, id);
      case "lines":
        return `${toJson(item instanceof Uint8Array ? base64(item) : item)}\n`;
      case "raw":
        if (item instanceof Uint8Array) return item;
        return typeof item === "string" ? item : Buffer.from(toJson(item));
    }
  }

  #end(): IteratorResult<Piece, undefined> {
    this.#finish();
    return this.#options.framing === "events" ? { done: false, value: endEvent } : { done: true, value: undefined };
  }
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

/** The iterator of what a streaming method returned. */
export function iteratorOf(result: unknown, api: string): AsyncIterator<unknown> | Iterator<unknown> {
  if (typeof result === "object" && result !== null) {
    if (Symbol.asyncIterator in result) return (result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    if (Symbol.iterator in result) return (result as Iterable<unknown>)[Symbol.iterator]();
  }
  throw new BentoError("BENTO_INTERNAL", `The streaming endpoint ${JSON.stringify(api)} returned no generator.`);
}
