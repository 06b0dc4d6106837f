import { BentoError, type ContextResponse, type JsonSchema, toJson } from "@bento/core";

import { isOpen, withPlainArrays } from "./plain-arrays.js";
import { isBodiless, jsonType, textType } from "./reply.js";

/** Turns a validated result into the text of the answer. */
export interface Encoder {
  readonly contentType: string;
  encode(value: unknown): string;
  /** Whether a result cannot be told in a body at all. */
  isNothing(value: unknown): boolean;
}

const json: Encoder = { contentType: jsonType, encode: toJson, isNothing: () => false };
/** Of results that may hold typed arrays. */
const openJson: Encoder = { ...json, encode: (value) => toJson(withPlainArrays(value)) };
/** A string may be left out by its schema; no text would be the empty string, so the status has to say it. */
const text: Encoder = { contentType: textType, encode: plainText, isNothing: (value) => value === undefined };

/**
 * The encoder of an endpoint: a string output is the body itself, as every BentoML client expects; every other output is
 * JSON, a string that stands where the schema allows other things too (`string or null`) in quotes.
 */
export function makeEncoder(output: JsonSchema): Encoder {
  if (output["type"] === "string") return text;
  return isOpen(output) ? openJson : json;
}

function plainText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

/** Headers that describe the message or identify the server; a method cannot set them. */
export const ownHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "server",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-bentoml-request-id",
  "x-bentoml-trace-id",
]);

/** The headers of a successful answer: the server's content type, and what the method added or put in its place. */
export function successHeaders(contentType: string, changed: ContextResponse | undefined): string[] {
  if (!changed) return ["content-type", contentType];
  const headers = changed.headers.has("content-type") ? [] : ["content-type", contentType];
  for (const [name, value] of changed.headers) if (!ownHeaders.has(name)) headers.push(name, value);
  return headers;
}

/**
 * The status of a successful answer: what the method set, else the usual one.
 * @throws BENTO_INTERNAL when the method set what is no status
 */
export function successStatus(changed: ContextResponse | undefined, usual: 200 | 204 = 200): number {
  const status = changed?.status ?? usual;
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw new BentoError("BENTO_INTERNAL", `ctx.response.status was set to ${String(status)}.`, {
    hint: "Set a whole number from 200 to 599.",
  });
}

/** The body as it may be sent with this status. */
export function bodyFor(status: number, body: string): string {
  return isBodiless(status) ? "" : body;
}
