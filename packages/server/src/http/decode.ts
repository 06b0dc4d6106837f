import { isUtf8 } from "node:buffer";

import { BentoError, BentoFile, checkContainers, type JsonSchema, type Reviver, reviverFor } from "@bento/core";

import { withFetched } from "../bodies/fetched-upload.js";
import { isBytes } from "../bodies/is-bytes.js";
import { mayNameUrls, urlTextOf } from "../bodies/url-text.js";
import type { ArrayReaders, Unpack } from "../packing/unpack.js";
import { branchesOf } from "../schema-branches.js";
import type { Body } from "./incoming.js";
import { findJsonFault } from "./json-position.js";

/** Reads the body of a call as the value that its schema then judges. */
export type Decoder = (body: Body) => unknown;

/**
 * The decoder of an endpoint.
 *
 * A string input is the body itself, never JSON, and so are a file and bytes; every other input is JSON, an object also
 * what came as a form. No body at all is an object without
 * properties where the input is an object, and nothing (`undefined`, so that a default applies) elsewhere.
 * @param input the endpoint's input schema
 * @param isObject whether that is an object, whose properties are BentoML's keyword arguments
 * @param arrays reads what came as tensors or a table, where the input holds such
 */
export function makeDecoder(input: JsonSchema, isObject: boolean, arrays?: ArrayReaders): Decoder {
  const revive = reviverFor(input);
  const plain = isObject ? objectReader(input, arrays) : rootReader(input, arrays);
  const read = arrays?.unpack === undefined ? plain : packedReader(plain, arrays.unpack);
  const decode: Decoder = revive === undefined ? read : (body) => revived(read(body), revive);
  return mayNameUrls(input) ? (body) => withFetched(decode(body), body.fetched ?? []) : decode;
}

function packedReader(read: Decoder, unpack: Unpack): Decoder {
  return (body) => ("packing" in body && body.packing !== undefined ? unpack(body.bytes, body.packing) : read(body));
}

function objectReader(input: JsonSchema, arrays: ArrayReaders | undefined): Decoder {
  return (body) => {
    if ("bytes" in body) return body.bytes.byteLength === 0 ? {} : parseJson(body.bytes, arrays);
    if ("form" in body) return arrays === undefined ? body.form.toObject(input) : arrays.readFields(body.form.toObject(input));
    return "value" in body ? (body.value ?? {}) : body.file.toFile();
  };
}

function rootReader(input: JsonSchema, arrays: ArrayReaders | undefined): Decoder {
  const roots = branchesOf(input, input);
  if (roots.some(({ type }) => type === "file")) return mayNameUrls(input) ? readFileOrUrl : readFile;
  if (roots.some(isBytes)) return readBytes;
  if (input["type"] === "string") return input["x-bento-type"] === "date" ? readDate : readText;
  return arrays === undefined ? readRoot : (body) => readRoot(body, arrays);
}

/** Without any body and any type there is no file. */
function readFile(body: Body): unknown {
  if ("file" in body) return body.file.isNothing ? undefined : body.file.toFile();
  return "bytes" in body ? BentoFile.from(body.bytes) : valueOf(body);
}

/** A URL is for the schema to judge, unless what it leads to takes its place. */
function readFileOrUrl(body: Body): unknown {
  return ("file" in body ? urlTextOf(body.file) : undefined) ?? readFile(body);
}

function readBytes(body: Body): unknown {
  return "bytes" in body ? body.bytes : valueOf(body);
}

function readText(body: Body): unknown {
  if ("bytes" in body) return decodeUtf8(body.bytes);
  const value = valueOf(body);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A date may come as the text that it is, and as JSON, in which it has quotes. */
function readDate(body: Body): unknown {
  const text = readText(body);
  return typeof text === "string" && /^"[^"\\]*"$/.test(text) ? text.slice(1, -1) : text;
}

function readRoot(body: Body, arrays?: ArrayReaders): unknown {
  if ("bytes" in body) return body.bytes.byteLength === 0 ? undefined : parseJson(body.bytes, arrays);
  return valueOf(body);
}

function valueOf(body: Body): unknown {
  return "value" in body ? body.value : undefined;
}

function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) {
    throw new BentoError("BENTO_BAD_REQUEST", "The request body is not valid UTF-8.", { hint: "Encode the body as UTF-8." });
  }
  // What comes from a socket is a Buffer already.
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString("utf8");
}

function parseJson(bytes: Uint8Array, arrays: ArrayReaders | undefined): unknown {
  const text = decodeUtf8(bytes);
  checkContainers(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const found = arrays?.readNonFinite(text);
    if (found !== undefined) return found.value;
    const { line, column, problem } = findJsonFault(text, arrays !== undefined);
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
