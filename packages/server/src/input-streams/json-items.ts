import { isUtf8 } from "node:buffer";

import { BentoError, checkContainers, type Reviver } from "@bento/core";

import { EventLoopShare } from "../event-loop-share.js";
import { findJsonFault } from "../http/json-position.js";
import { LineCutter } from "./line-cutter.js";

type Result = IteratorResult<unknown, undefined>;

/** How lines are read. */
export interface JsonItemsOptions {
  /** Bytes that one may have. */
  readonly maxLineBytes: number;
  /** Brings back what JSON made something else of, in a list of items. */
  readonly revive: Reviver | undefined;
  /** Told whenever an item is asked for. */
  readonly onAsk: () => void;
}

/** The values of JSON lines, each as soon as its line is there. The first line that is none ends them. */
export class JsonItems implements AsyncIterableIterator<unknown, undefined> {
  readonly #pieces: AsyncIterator<Uint8Array, undefined>;
  readonly #options: JsonItemsOptions;
  readonly #lines: LineCutter;
  /** Items of one piece are all at hand: without a turn in between nobody else would be served. */
  readonly #share = new EventLoopShare();
  #count = 0;
  #isOver = false;

  constructor(pieces: AsyncIterator<Uint8Array, undefined>, options: JsonItemsOptions) {
    this.#pieces = pieces;
    this.#options = options;
    this.#lines = new LineCutter(options.maxLineBytes);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws BENTO_INPUT_INVALID for a line that is no JSON, BENTO_PAYLOAD_TOO_LARGE for one that is too long */
  async next(): Promise<Result> {
    this.#options.onAsk();
    if (this.#share.isUsedUp) await this.#share.giveWay();
    try {
      for (;;) {
        const line = this.#lines.take();
        if (line !== undefined) return { done: false, value: this.#valueOf(line) };
        if (this.#isOver) return { done: true, value: undefined };
        const { done, value } = await this.#pieces.next();
        if (done !== true) this.#lines.add(value);
        else {
          this.#isOver = true;
          this.#lines.end();
        }
      }
    } catch (error) {
      await this.return();
      throw error;
    }
  }

  async return(): Promise<Result> {
    this.#isOver = true;
    this.#lines.add(new Uint8Array());
    await this.#pieces.return?.();
    return { done: true, value: undefined };
  }

  #valueOf(line: Uint8Array | "too long"): unknown {
    const at = this.#count++;
    if (line === "too long") throw tooLong(at, this.#options.maxLineBytes);
    const value = parsed(line, at);
    const { revive } = this.#options;
    if (revive === undefined) return value;
    try {
      return (revive([value]) as readonly unknown[])[0];
    } catch (cause) {
      if (cause instanceof RangeError) throw badLine(at, "too_deep", "it is nested too deeply", cause);
      throw cause;
    }
  }
}

function parsed({ buffer, byteOffset, byteLength }: Uint8Array, at: number): unknown {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (!isUtf8(bytes)) throw badLine(at, "invalid_utf8", "it is not valid UTF-8");
  const text = bytes.toString("utf8");
  checkContainers(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { column, problem } = findJsonFault(text);
    throw badLine(at, "invalid_json", `its line is not valid JSON: ${problem} at column ${column}`, cause);
  }
}

function badLine(at: number, code: string, why: string, cause?: unknown): BentoError {
  return new BentoError("BENTO_INPUT_INVALID", `Item ${at} of the stream is invalid: ${why}.`, {
    cause,
    issues: [{ path: [at], message: why, code }],
    hint: "Write each item as JSON on a line of its own.",
  });
}

function tooLong(at: number, maxLineBytes: number): BentoError {
  return new BentoError(
    "BENTO_PAYLOAD_TOO_LARGE",
    `Item ${at} of the stream is larger than the ${maxLineBytes} bytes that this server accepts.`,
    { hint: "Send less in one item, or start the server with a larger maxBodyBytes." },
  );
}
