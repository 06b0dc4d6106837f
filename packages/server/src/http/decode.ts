import { isUtf8 } from "node:buffer";

import { BentoError, type JsonSchema, type Reviver, reviverFor } from "@bento/core";

import type { Body } from "./incoming.js";
import { findJsonFault } from "./json-position.js";

/** Reads the body of a call as the value that its schema then judges. */
export type Decoder = (body: Body) => unknown;

/**
 * The decoder of an endpoint.
 *
 * A string input is the body itself, never JSON; every other input is JSON. No body at all is an object without
 * properties where the input is an object, and nothing (`undefined`, so that a default applies) elsewhere.
 * @param input the endpoint's input schema
 * @param isObject whether that is an object, whose properties are BentoML's keyword arguments
 */
export function makeDecoder(input: JsonSchema, isObject: boolean): Decoder {
  const revive = reviverFor(input);
  const read = input["type"] === "string" ? readText : isObject ? readObject : readRoot;
  return revive === undefined ? read : (body) => revived(read(body), revive);
}

function readText(body: Body): unknown {
  if ("bytes" in body) return decodeUtf8(body.bytes);
  return typeof body.value === "string" ? body.value : JSON.stringify(body.value);
}

function readObject(body: Body): unknown {
  if ("value" in body) return body.value ?? {};
  return body.bytes.byteLength === 0 ? {} : parseJson(decodeUtf8(body.bytes));
}

function readRoot(body: Body): unknown {
  if ("value" in body) return body.value;
  return body.bytes.byteLength === 0 ? undefined : parseJson(decodeUtf8(body.bytes));
}

function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) {
    throw new BentoError("BENTO_BAD_REQUEST", "The request body is not valid UTF-8.", { hint: "Encode the body as UTF-8." });
  }
  // What comes from a socket is a Buffer already.
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column, problem } = findJsonFault(text);
    throw new BentoError("BENTO_BAD_REQUEST", `The request body is not valid JSON: ${problem} at line ${line}, column ${column}.`, {
      cause,
      hint: "NaN, Infinity, comments and trailing commas are no JSON; send null or leave the key out.",
    });
  }
}

/** A hostile depth of nesting ends in a RangeError of the stack: the caller's mistake, not the service's. */
function revived(value: unknown, revive: Reviver): unknown {
  try {
    return revive(value);
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(cause);
    throw cause;
  }
}

/** The error for an input that is nested deeper than anything here can follow. */
export function tooDeep(cause: unknown): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", "The request body is nested too deeply.", { cause });
}
