import { BentoError, toErrorResponse } from "@bento/core";

import { retryAfter } from "./retry-after.js";

/** What goes back to a caller, before it becomes a `Response` or is written to a socket. */
export interface Reply {
  readonly status: number;
  /** Names and values by turns, in lower case: the form that `node:http` writes without copying. */
  readonly headers: string[];
  /** Text, bytes, or a stream of them; a stream that throws breaks the connection off. */
  body: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  /** Whether the connection cannot be used again, because the request's body was not read to its end. */
  readonly close?: boolean;
}

/** Content type of every JSON answer, spelled as BentoML spells it. */
export const jsonType = "application/json";
/** Content type of every plain answer. */
export const textType = "text/plain; charset=utf-8";

/** An answer of one piece. */
export function reply(status: number, contentType: string, body: string | Uint8Array, headers: readonly string[] = []): Reply {
  return { status, headers: ["content-type", contentType, ...headers], body };
}

/** Statuses after which the rest of a request's body must not be waited for. */
const unreadStatuses = new Set([408, 413]);

/**
 * The answer for anything thrown.
 * @param isHalfRead whether the request's body was read in part, and nobody reads the rest
 */
export function errorReply(thrown: unknown, isHalfRead = false): Reply {
  const error = BentoError.from(thrown);
  const { status, body } = toErrorResponse(error);
  const headers = ["content-type", jsonType];
  if (status === 401) headers.push("www-authenticate", "Bearer");
  const retry = retryAfter(status, error.code, error.retryAfterMs);
  if (retry !== undefined) headers.push("retry-after", retry);
  return { status, headers, body: JSON.stringify(body), close: isHalfRead || unreadStatuses.has(status) };
}

/** Whether a body is a stream. */
export function isStream(body: Reply["body"]): body is AsyncIterable<string | Uint8Array> {
  return typeof body === "object" && Symbol.asyncIterator in body;
}

/** Whether an answer of this status may not have a body. */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
