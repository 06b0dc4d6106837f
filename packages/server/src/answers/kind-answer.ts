import { BentoFile, type ContextResponse, DataFrame, encodeTensorBody, type JsonSchema, toJson } from "@bento/core";
import { encodeArrowTable, encodeArrowTensors } from "@bento/core/arrow";

import type { ExecutorReply } from "../executor/executor.js";
import { readAccept, weightOf, weightOfJson } from "../http/accept.js";
import { bodyFor, makeEncoder, successHeaders, successStatus } from "../http/encode.js";
import { isOpen, withPlainArrays } from "../http/plain-arrays.js";
import { isBodiless, jsonType, textType } from "../http/reply.js";
import { packedTypes, packingsOfOutput } from "../packing/packing.js";
import { branchesOf } from "../schema-branches.js";
import { fileReply } from "./file-reply.js";
import { kindsIn } from "./kinds-in.js";
import { formReply, formType } from "./form-reply.js";
import { plainValueOf } from "./plain-value.js";
import { lengthOf, type Segment, SegmentsBody } from "./segments-body.js";

/** What decides how a result leaves besides itself. */
export interface AnswerWish {
  /** The request's header `accept`. */
  readonly accept: string | undefined;
  /** What the method set for its answer. */
  readonly changed: ContextResponse | undefined;
}

/** Makes the answer of a valid result. */
export type KindAnswer = (value: unknown, wish: AnswerWish) => ExecutorReply | Promise<ExecutorReply>;

/**
 * How the results of an endpoint leave that hold files, tensors, tables or bytes.
 *
 * - A file as the whole result is the body, as it is read; bytes are the body as they are.
 * - Tensors go in safetensors or Arrow, and a table as the whole result in Arrow, where the caller accepts these by name
 *   and likes JSON no better.
 * - An object with files goes as `multipart/form-data` where the caller accepts that in the same way.
 * - All else is JSON: tensors as lists, tables as rows or columns, files as data URLs, bytes in base64; NaN is `null`.
 */
export function makeKindAnswer(output: JsonSchema): KindAnswer {
  const roots = branchesOf(output, output);
  const kinds = kindsIn(output);
  const plain = plainValueOf(output);
  const encodings = encodingsOf(output);
  const isFile = roots.some(({ type }) => type === "file");
  // Python's bytes, which its BentoML answers as text.
  const bytesType = roots.some(isUtf8) ? textType : "application/octet-stream";
  const fixedType = roots.map((root) => root["content_type"]).find((type) => typeof type === "string" && !type.includes("*"));
  // A union with a file: its content type tells it from the rest, which is JSON.
  const isUnion = output["type"] === undefined;
  const encoder = makeEncoder(output);
  const mayHoldViews = isOpen(output);
  const json: KindAnswer = (value, { changed }) => {
    const isNothing = value === undefined && (isFile || encoder.isNothing(value));
    const status = successStatus(changed, isNothing ? 204 : 200);
    if (isNothing) return { status, headers: successHeaders(jsonType, changed), body: "" };
    return {
      status,
      headers: successHeaders(jsonType, changed),
      body: bodyFor(status, toJson(mayHoldViews ? withPlainArrays(value) : value)),
    };
  };
  const finish = (value: unknown, wish: AnswerWish): ExecutorReply => {
    const encoding = chosen(wish.accept, encodings);
    if (encoding === undefined || encoding.type === formType) return json(value, wish) as ExecutorReply;
    return segmentsReply(encoding.type, encoding.encode(value), wish);
  };
  return (value, wish) => {
    if (BentoFile.isFile(value)) return fileReply(value, wish.changed, { type: fixedType as string | undefined, isUnion });
    if (value instanceof Uint8Array) return segmentsReply(bytesType, [value], wish);
    if (DataFrame.isDataFrame(value) && chosen(wish.accept, encodings) !== undefined) {
      return segmentsReply(packedTypes.arrow, [encodeArrowTable(value)], wish);
    }
    if (kinds.has("file") && isRecord(value) && chosen(wish.accept, encodings)?.type === formType) {
      return formReply(value, plain?.later ?? identity, wish.changed);
    }
    if (plain === undefined) return finish(value, wish);
    return plain.later === undefined ? finish(plain.now(value), wish) : plain.later(value).then((told) => finish(told, wish));
  };
}

/** What an item of a stream becomes that holds what JSON has no form for; bytes alone are left to the stream's framing. */
export function makePlainItem(output: JsonSchema): ((item: unknown) => unknown) | undefined {
  const plain = plainValueOf(output);
  if (plain === undefined) return undefined;
  const told = plain.later ?? plain.now;
  return (item) => (item instanceof Uint8Array ? item : told(item));
}

/** A form of a body besides JSON. */
interface Encoding {
  readonly type: string;
  readonly encode: (value: unknown) => Segment[];
}

function encodingsOf(output: JsonSchema): readonly Encoding[] {
  const packings = packingsOfOutput(output).map((packing): Encoding => ({
    type: packedTypes[packing],
    encode: packing === "safetensors" ? encodeTensorBody : encodeArrowTensors,
  }));
  return kindsIn(output).has("file") ? [...packings, { type: formType, encode: () => [] }] : packings;
}

/** The one that a caller likes best, which it has to name; `undefined`: JSON. */
function chosen(accept: string | undefined, encodings: readonly Encoding[]): Encoding | undefined {
  if (accept === undefined || accept === "*/*") return undefined;
  const ranges = readAccept(accept);
  let best: Encoding | undefined;
  let most = 0;
  for (const encoding of encodings) {
    const weight = weightOf(ranges, encoding.type);
    if (weight > most) [best, most] = [encoding, weight];
  }
  return most >= weightOfJson(ranges) ? best : undefined;
}

/** What is shorter is cheaper to copy together than to send in pieces. Bytes. */
const short = 64 * 1024;

function segmentsReply(type: string, segments: Segment[], { changed }: AnswerWish): ExecutorReply {
  const status = successStatus(changed);
  const headers = successHeaders(type, changed);
  if (isBodiless(status)) return { status, headers, body: "" };
  const [first] = segments;
  if (segments.length === 1 && first instanceof Uint8Array) return { status, headers, body: first };
  const length = lengthOf(segments) as number;
  if (length <= short) return { status, headers, body: Buffer.concat(segments as Uint8Array[]) };
  headers.push("content-length", String(length));
  return { status, headers, body: new SegmentsBody(segments) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.getPrototypeOf(value) === Object.prototype;
}

function isUtf8({ type, format }: JsonSchema): boolean {
  return type === "string" && format === "binary";
}

async function identity(value: unknown): Promise<unknown> {
  return value;
}
