import { BentoError, toJson, wireNames as names } from "@bento/core";
import type { EndpointInfo } from "./service-document.js";

/** A request's body and the headers that describe it. */
export interface RequestBody {
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The body for an endpoint's input: text for a root string, which servers take as it stands, JSON for anything else.
 * @throws BENTO_BAD_REQUEST for a value that JSON cannot hold, and for no text where text is all a body can be
 */
export function toRequestBody(endpoint: EndpointInfo, input: unknown): RequestBody {
  const { type, [names.rootInput]: isRoot } = endpoint.input;
  if (isRoot === true && type === "string" && typeof input === "string") {
    return { body: input, headers: { "content-type": "text/plain; charset=utf-8" } };
  }
  if (isRoot === true && type === "string" && input === undefined) {
    throw new BentoError("BENTO_BAD_REQUEST", `"${endpoint.name}" takes text, and a body without any is the empty text.`, {
      hint: 'Pass the text, "" for an empty one.',
    });
  }
  // Nothing given means no arguments, and for a root no body, which lets its default apply.
  if (input === undefined) return { body: isRoot === true ? undefined : "{}", headers: { "content-type": "application/json" } };
  try {
    return { body: toJson(input), headers: { "content-type": "application/json" } };
  } catch (cause) {
    throw new BentoError("BENTO_BAD_REQUEST", `The input for "${endpoint.name}" cannot be written as JSON: ${String(cause)}.`, { cause });
  }
}
