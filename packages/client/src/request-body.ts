import { BentoError, toJson, wireNames as names } from "@bento/core";
import type { Body } from "./body.js";
import type { Endpoint } from "./service-document.js";

/** A request's body and the headers that describe it. */
export interface RequestBody {
  readonly body: Body | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The body for an endpoint's input: text for a root string, which servers take as it stands, JSON for anything else that
 * JSON can hold; what it cannot is the work of `kind-input.ts`, which is loaded for it.
 * @throws BENTO_BAD_REQUEST for a value that JSON cannot hold, and for no text where text is all a body can be
 */
export async function toRequestBody(
  { info: endpoint, hasKindsIn }: Endpoint,
  input: unknown,
  accepts: ReadonlySet<string>,
): Promise<RequestBody> {
  const { type, [names.rootInput]: isRoot } = endpoint.input;
  if (isRoot === true && type === "string" && typeof input === "string") {
    return { body: input, headers: { "content-type": "text/plain; charset=utf-8" } };
  }
  if (isRoot === true && type === "string" && input === undefined) {
    throw new BentoError("BENTO_BAD_REQUEST", `"${endpoint.name}" takes text, and a body without any is the empty text.`, {
      hint: 'Pass the text, "" for an empty one.',
    });
  }
  // What its items throw is the caller's own, and told as it is.
  if (endpoint.input["x-bento-stream"] === true) return (await import("./stream-input.js")).streamedInput(endpoint.input, input);
  // Nothing given means no arguments, and for a root no body, which lets its default apply.
  if (input === undefined) return { body: isRoot === true ? undefined : "{}", headers: { "content-type": "application/json" } };
  try {
    if (hasKindsIn) {
      const { kindBody } = await import("./kind-input.js");
      return await kindBody(endpoint.input, input, accepts);
    }
    return { body: toJson(input), headers: { "content-type": "application/json" } };
  } catch (cause) {
    if (BentoError.is(cause)) throw cause;
    throw new BentoError("BENTO_BAD_REQUEST", `The input for "${endpoint.name}" cannot be written as JSON: ${String(cause)}.`, { cause });
  }
}
