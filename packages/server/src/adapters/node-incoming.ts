import type { IncomingMessage, ServerResponse } from "node:http";
import type { Writable } from "node:stream";

import { BentoError } from "@bento/core";

import { callerGone, BodyCollector, bodyTooLarge } from "../http/body-limit.js";
import type { Body, Incoming, TakeBody } from "../http/incoming.js";
import { ReadingPace } from "./reading-pace.js";

/** A request of `node:http` that may have passed through another framework, which then left its traces on it. */
export interface NodeRequest extends IncomingMessage {
  /** What a body parser made of the body. */
  readonly body?: unknown;
  /** Express: the path as it came, where `url` is what is left below the mount. */
  readonly originalUrl?: string;
  /** Express: where the handler is mounted. */
  readonly baseUrl?: string;
}

/** Where a request stands below the mount. */
export interface Place {
  readonly path: string;
  readonly mount: string;
}

/**
 * A request of `node:http`, read without making a web-standard one of it: that is most of what a small request costs.
 */
export class NodeIncoming implements Incoming {
  readonly method: string;
  readonly path: string;
  readonly mount: string;
  readonly #request: NodeRequest;
  readonly #response: ServerResponse;
  #headers: Headers | undefined;
  #stopReading: (() => void) | undefined;

  constructor(request: NodeRequest, response: ServerResponse, place: Place) {
    this.#request = request;
    this.#response = response;
    this.method = request.method ?? "GET";
    this.path = place.path;
    this.mount = place.mount;
  }

  get url(): string {
    const { headers, socket } = this.#request;
    const target = this.#request.originalUrl ?? this.#request.url ?? "/";
    // What a client sends to a proxy is absolute already.
    if (!target.startsWith("/") && URL.canParse(target)) return target;
    const scheme = "encrypted" in socket ? "https" : "http";
    return `${scheme}://${headers.host ?? "localhost"}${target}`;
  }

  get headers(): Headers {
    return (this.#headers ??= toHeaders(this.#request.rawHeaders));
  }

  get rawHeaders(): readonly string[] {
    return this.#request.rawHeaders;
  }

  get remote(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  get isHalfRead(): boolean {
    const { readableDidRead, complete } = this.#request;
    return (readableDidRead || this.#stopReading !== undefined) && !complete;
  }

  readBody(maxBytes: number, take: TakeBody): void {
    const request = this.#request;
    const atHand = this.#bodyAtHand(maxBytes);
    if (atHand !== undefined) return take(atHand);
    const collector = new BodyCollector(maxBytes);
    const pace = new ReadingPace(request);
    const onData = (piece: Buffer) => {
      if (collector.add(piece)) return pace.tookOne();
      this.abandonBody();
      take(bodyTooLarge(maxBytes));
    };
    const onEnd = () => take({ bytes: collector.take() });
    const stopReading = (): void => {
      pace.stop();
      request.off("data", onData).off("end", onEnd).pause();
    };
    this.#stopReading = stopReading;
    request.on("data", onData).on("end", onEnd);
    // A small body comes whole before anything asks for it; Node then takes it for unread, and throws it away once more.
    request.read(0);
  }

  pipeBody(target: Writable, maxBytes: number, take: TakeBody): void {
    const request = this.#request;
    const atHand = this.#bodyAtHand(maxBytes);
    if (atHand !== undefined) return take(atHand);
    const pace = new ReadingPace(request);
    let left = maxBytes;
    const onData = (piece: Buffer) => {
      left -= piece.byteLength;
      if (left < 0) {
        this.abandonBody();
        take(bodyTooLarge(maxBytes));
      } else if (target.write(piece)) pace.tookOne();
      else request.pause();
    };
    const onEnd = () => target.end();
    const onDrain = () => request.resume();
    const stopReading = (): void => {
      pace.stop();
      target.off("drain", onDrain);
      request.off("data", onData).off("end", onEnd).pause();
    };
    this.#stopReading = stopReading;
    target.on("drain", onDrain);
    request.on("data", onData).on("end", onEnd);
    request.read(0);
  }

  abandonBody(): void {
    this.#stopReading?.();
  }

  onGone(listener: () => void): void {
    if (this.#response.destroyed) listener();
    else this.#response.on("close", listener);
  }

  /** The body where it need not be read, or why it cannot be. */
  #bodyAtHand(maxBytes: number): Body | Error | undefined {
    const request = this.#request;
    const length = request.headers["content-length"];
    const parsed = parsedBodyOf(request);
    if (Number(length ?? 0) > maxBytes) return bodyTooLarge(maxBytes);
    if (parsed) return parsed;
    if (request.readableDidRead) return consumed();
    if (length === "0" || (length === undefined && request.headers["transfer-encoding"] === undefined)) return nothing;
    return request.destroyed ? callerGone() : undefined;
  }
}

const nothing: Body = { bytes: new Uint8Array() };

/** The body, where a parser before has read it; `undefined` while the stream is still whole. */
export function parsedBodyOf(request: NodeRequest): Body | undefined {
  const { body } = request;
  if (body === undefined || !(request.readableDidRead || request.complete)) return undefined;
  return body instanceof Uint8Array ? { bytes: body } : { value: body };
}

function consumed(): BentoError {
  return new BentoError("BENTO_INTERNAL", "The request's body was read before the request came to the service, and not kept.", {
    hint: "Mount the service before what reads bodies, or after a parser that keeps its result as request.body.",
  });
}

function toHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string);
  return headers;
}
