import { toWire } from "./errors.js";
import { toJson } from "./json.js";

/**
 * Content type of a stream in our framing, Server-Sent Events: one event for each item, then an `end` or `error` event, so
 * that a cut stream is known from a finished one. The parameter tells it from a Python server's `text/event-stream`, which
 * has no framing. It is no header of its own because a browser hides those from scripts of another origin.
 */
export const eventStreamType = "text/event-stream; charset=utf-8; framing=bento";

/** Whether an answer's content type announces our framing. */
export function isEventStream(contentType: string | null): boolean {
  return /^text\/event-stream\b.*;\s*framing="?bento"?\s*(?:;|$)/i.test(contentType ?? "");
}

/** The same for a stream that is kept for so many seconds when its connection breaks; see {@link replaySeconds}. */
export function keptEventStreamType(seconds: number): string {
  return `${eventStreamType}; replay=${seconds}`;
}

/**
 * Seconds that a stream is kept for its reader: who asks again in that time, with the header `last-event-id`, gets what
 * came after that event. `undefined` where it is not.
 */
export function replaySeconds(contentType: string | null): number | undefined {
  if (!isEventStream(contentType)) return undefined;
  const seconds = /;\s*replay=(\d+(?:\.\d+)?)\s*(?:;|$)/i.exec(contentType ?? "")?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** One item of a stream. `id` counts from 0 and is what a client may resume after. */
export function itemEvent(item: unknown, id?: number): string {
  return `${id === undefined ? "" : `id: ${id}\n`}data: ${toJson(item)}\n\n`;
}

/** The name of an event whose data are bytes, in base64; see {@link bytesOf}. */
export const bytesEventName = "bytes";

/** One item of a stream that is bytes, given in base64. JSON could not tell it from a text. */
export function bytesEvent(base64: string, id: number): string {
  return `id: ${id}\nevent: ${bytesEventName}\ndata: ${base64}\n\n`;
}

/** The bytes of the data of an event. @throws where that is no base64 */
export function bytesOf(data: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
}

/** The end of a stream that failed: the error as {@link toWire} exposes it. */
export function errorEvent(thrown: unknown): string {
  return `event: error\ndata: ${JSON.stringify(toWire(thrown))}\n\n`;
}

/**
 * The same for a stream that broke off, maybe within an event: what of that was sent already counts for nothing. It is
 * given a name that nobody listens to, since a blank line alone would have it pass for a whole one.
 */
export function breakEvent(thrown: unknown): string {
  return `\nevent: cut\n\n${errorEvent(thrown)}`;
}

/** The end of a stream that ran to its end. */
export const endEvent = "event: end\ndata: null\n\n";

/** Keeps an idle connection open; clients ignore it. */
export const heartbeatEvent = ": still here\n\n";

/** One event of an event stream. */
export interface ServerEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
  /** The last id seen so far in the stream, `""` before the first. */
  readonly id: string;
}

/**
 * Reads Server-Sent Events from text that arrives in pieces of any size.
 * @source https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventStreamParser {
  #line = "";
  /** A carriage return at the end of a piece may be half of a line break. */
  #carry = "";
  #event = "";
  #data: string[] = [];
  #dataLength = 0;
  #id = "";

  /** Characters of an event whose end has not come yet. */
  get heldLength(): number {
    return this.#line.length + this.#dataLength;
  }

  /** The events that this piece completes. */
  push(piece: string): ServerEvent[] {
    const text = this.#carry + piece;
    this.#carry = text.endsWith("\r") ? "\r" : "";
    const lines = text.slice(0, text.length - this.#carry.length).split(/\r\n|\n|\r/);
    const events: ServerEvent[] = [];
    lines[0] = this.#line + lines[0];
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#take(line, events);
    return events;
  }

  #take(line: string, events: ServerEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) events.push({ event: this.#event || "message", data: this.#data.join("\n"), id: this.#id });
      this.#event = "";
      this.#data = [];
      this.#dataLength = 0;
      return;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") {
      this.#data.push(value);
      // Its line break with it: lines without a character take memory too.
      this.#dataLength += value.length + 1;
    } else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }
}
