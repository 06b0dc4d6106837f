import { BentoError } from "@bento/core";
import type { z } from "zod";

import type { RouteContext } from "./route.js";

/** A README of 3 MiB travels in one, and documents of large models. */
const maxJsonBytes = 8 * 1024 * 1024;
/** What is nested deeper could not be written out again. */
const maxDepth = 64;

/**
 * The JSON of a request's body, checked. Reads no more than `maxBytes`, whatever Content-Length says.
 * @throws BENTO_PAYLOAD_TOO_LARGE, BENTO_BAD_REQUEST, BENTO_INPUT_INVALID
 */
export async function jsonBody<Schema extends z.ZodType>(
  context: RouteContext,
  schema: Schema,
  maxBytes = maxJsonBytes,
): Promise<z.infer<Schema>> {
  const text = await bodyText(context, maxBytes);
  const read = schema.safeParse(parsed(text));
  if (read.success) return read.data;
  const issues = read.error.issues.slice(0, 20).map(({ path, message, code }) => {
    return { path: path.map((key) => (typeof key === "symbol" ? String(key) : key)), message, code: code ?? "custom" };
  });
  const [first] = issues;
  const where = first === undefined || first.path.length === 0 ? "The body" : `${JSON.stringify(first.path.join("."))} of the body`;
  throw new BentoError("BENTO_INPUT_INVALID", `${where} cannot be used: ${first?.message ?? "it is something else"}.`, { issues });
}

/** The text of a request's body. @throws BENTO_PAYLOAD_TOO_LARGE as soon as it is longer than that; BENTO_BAD_REQUEST when it is no UTF-8 */
export async function bodyText(context: RouteContext, maxBytes: number): Promise<string> {
  const said = context.req.header("content-length");
  if (said !== undefined && Number(said) > maxBytes) throw tooLarge(maxBytes);
  const body = context.req.raw.body;
  if (body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new BentoError("BENTO_BAD_REQUEST", "The body is not UTF-8.", { cause });
  }
}

function parsed(text: string): unknown {
  if (depthOf(text) > maxDepth) {
    throw new BentoError("BENTO_BAD_REQUEST", `The body nests deeper than ${maxDepth} levels.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new BentoError("BENTO_BAD_REQUEST", "The body is no JSON.", { cause, hint: "Send JSON, with Content-Type: application/json." });
  }
}

/** How deep a JSON text nests, told without reading it: what looks deep to this and is not is no JSON either. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isInText) {
      if (code === 92) at += 1;
      else if (code === 34) isInText = false;
    } else if (code === 34) isInText = true;
    else if (code === 91 || code === 123) deepest = Math.max(deepest, (depth += 1));
    else if (code === 93 || code === 125) depth -= 1;
  }
  return deepest;
}

function tooLarge(maxBytes: number): BentoError {
  return new BentoError("BENTO_PAYLOAD_TOO_LARGE", `The body is larger than the ${maxBytes} bytes that are taken here.`);
}
