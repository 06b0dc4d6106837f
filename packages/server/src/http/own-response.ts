import { setImmediate as nextTurn } from "node:timers/promises";

import { BentoError, type ContextResponse } from "@bento/core";

import { isBodiless, type Reply } from "./reply.js";
import { ownHeaders } from "./encode.js";

type OwnReply = Pick<Reply, "status" | "headers" | "body">;

/**
 * Whether a method returned a web-standard `Response`, of whatever library. Asked by the name that they all have: to look
 * at Node's own class would load what `fetch` is made of.
 */
export function isResponse(value: unknown): value is Response {
  return typeof value === "object" && value !== null && (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "Response";
}

/**
 * The answer that a method made by itself: its status, headers and body go out as they are, and what the method set on
 * `ctx.response` besides. A body that is there at once goes out whole; any other as a stream, as fast as the caller takes it.
 * @param isHead whether only the headers are wanted
 * @throws BENTO_INTERNAL for a response that is used up, or has a status that no answer can have; what its body fails with at once
 */
export async function ownReply(response: Response, changed: ContextResponse | undefined, isHead = false): Promise<OwnReply> {
  const status = changed?.status ?? response.status;
  if (!Number.isInteger(status) || status < 200 || status > 599 || response.bodyUsed) {
    const problem = response.bodyUsed ? "whose body was read before" : `with the status ${String(status)}`;
    throw new BentoError("BENTO_INTERNAL", `A method returned a Response ${problem}.`, {
      hint: "Return a new Response with a status from 200 to 599; clone() one that is read elsewhere.",
    });
  }
  if (response.body === null || isBodiless(status) || isHead) {
    void response.body?.cancel().catch(ignore);
    // An answer to HEAD may say how long the body would be: one without pieces lets it.
    return { status, headers: headersOf(response, changed, isHead), body: isHead ? nothing : "" };
  }
  const body = new ResponseBody(response.body);
  const whole = await body.atOnce();
  return { status, headers: headersOf(response, changed, whole === undefined), body: whole ?? body };
}

/** @param tellsLength whether the length is what the response says, and not what the server counts */
function headersOf(response: Response, changed: ContextResponse | undefined, tellsLength: boolean): string[] {
  const headers: string[] = [];
  // What was fetched is decompressed already, and its headers do not know.
  const isFetched = response.url !== "" && response.headers.has("content-encoding");
  for (const [name, value] of response.headers) {
    if (changed?.headers.has(name) === true && name !== "set-cookie") continue;
    if (name === "content-length" ? isFetched || !tellsLength : ownHeaders.has(name)) continue;
    if (!(isFetched && name === "content-encoding")) headers.push(name, value);
  }
  for (const [name, value] of changed?.headers ?? []) if (!ownHeaders.has(name)) headers.push(name, value);
  return headers;
}

const nothing: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator]() {
    // It has no pieces.
  },
};

/** A body that is there at once goes out whole up to so many bytes. */
const mostAtOnce = 1 << 16;

type Result = IteratorResult<Uint8Array, undefined>;

/** The body of a `Response`, piece by piece. By hand: the iterator of a stream could not be ended while it waits. */
class ResponseBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** What was read ahead. */
  readonly #ahead: Promise<Result>[] = [];

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** All of it, where that needs no waiting; else `undefined`, and it can be read as if nothing had been. */
  async atOnce(): Promise<Uint8Array | undefined> {
    const pieces: Uint8Array[] = [];
    const turn = nextTurn(undefined);
    for (let length = 0; length <= mostAtOnce;) {
      const reading = this.#read();
      const result = await Promise.race([reading, turn]);
      if (result?.done === true) return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
      this.#ahead.push(reading);
      if (result === undefined) break;
      pieces.push(result.value);
      length += result.value.byteLength;
    }
    // Whoever reads it hears of its failure; nobody does before.
    this.#ahead.at(-1)?.catch(ignore);
    return undefined;
  }

  next(): Promise<Result> {
    return this.#ahead.shift() ?? this.#read();
  }

  async return(): Promise<Result> {
    await this.#reader.cancel();
    return { done: true, value: undefined };
  }

  async #read(): Promise<Result> {
    const { done, value } = await this.#reader.read();
    return done ? { done: true, value: undefined } : { done: false, value };
  }
}

function ignore(): void {}
