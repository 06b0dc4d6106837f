import type { JsonSchema } from "@bento/core";

import { type ContentEncoding, contentEncodingOf } from "../bodies/content-encoding.js";
import type { Incoming } from "../http/incoming.js";
import type { InputItems } from "./input-body.js";

/** How a body is read while it comes. */
export interface InputPlan {
  readonly items: InputItems;
  readonly encoding: ContentEncoding | undefined;
}

/** Whether an input is read by its method while it comes. */
export function isInputStream(input: JsonSchema): boolean {
  return input["x-bento-stream"] === true;
}

/** Types of JSON lines: none is registered, and each of these is in use. */
const lineTypes = /^\s*application\/(?:x-)?(?:jsonl|ndjson|jsonlines)\s*(?:;|$)/i;

/**
 * How the body of a request is read for an endpoint that takes a stream: bytes are any body at all, values come as lines,
 * also where nobody says so. `undefined` where that is another body, such as a list that is JSON, and for all other endpoints.
 * @throws BENTO_MEDIA_TYPE_UNSUPPORTED for an encoding that is not understood
 */
export function planInput(input: JsonSchema, incoming: Incoming): InputPlan | undefined {
  if (!isInputStream(input)) return undefined;
  const items = input["type"] === "file" ? "bytes" : "lines";
  const type = incoming.header("content-type");
  if (items === "lines" && type !== undefined && !lineTypes.test(type)) return undefined;
  return { items, encoding: contentEncodingOf(incoming.header("content-encoding")) };
}
