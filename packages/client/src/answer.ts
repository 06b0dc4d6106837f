import { BentoError, type JsonSchema } from "@bento/core";
import type { OnFileRead } from "./ending-stream.js";
import { parseLenientJson } from "./lenient-json.js";
import type { Endpoint } from "./service-document.js";

/** Statuses that a method may choose for an answer without a body. */
const bodiless = new Set([204, 205]);

/**
 * The value of an answer that is no stream: text, bytes or a file where the endpoint's schema says so, else JSON.
 * Copes with what a Python server does: NaN, text under `application/json`, quoted dates under `text/plain`.
 *
 * @param onFileRead given where a file is wanted before all of it is there; told when it is over
 * @throws BENTO_REMOTE_FAILED when the body is not what the schema announces
 */
export async function readAnswer(response: Response, endpoint: Endpoint, onFileRead?: OnFileRead): Promise<unknown> {
  const { info } = endpoint;
  const { type, format } = info.output;
  if (bodiless.has(response.status)) return undefined;
  const revive = await reviverOf(endpoint);
  if (endpoint.hasKindsOut) {
    const { readBinary } = await import("./kind-output.js");
    const binary = await readBinary(response, info.output, onFileRead);
    if (binary) return revive(binary.value);
  }
  const text = await response.text();
  return revive(type === "string" ? unquoted(text, format) : parseAnswer(text, info.name, info.output));
}

/** Brings back what JSON made something else of. */
export async function reviverOf({ info, revive, hasKindsOut }: Endpoint): Promise<(value: unknown) => unknown> {
  const reviveKinds = hasKindsOut ? await (await import("./kind-output.js")).kindReviver(info.output) : undefined;
  return (value) => {
    const revived = revive ? revive(value) : value;
    return reviveKinds ? reviveKinds(revived) : revived;
  };
}

/** @throws BENTO_REMOTE_FAILED when the text is not JSON, and the schema allows no text either */
export function parseAnswer(text: string, name: string, output: JsonSchema): unknown {
  try {
    return parseLenientJson(text);
  } catch (cause) {
    if (allowsText(output)) return text;
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
    throw new BentoError("BENTO_REMOTE_FAILED", `"${name}" answered with what is not JSON: ${JSON.stringify(shown)}.`, {
      cause,
      hint: "Something between, such as a proxy, may have answered in place of the service.",
    });
  }
}

/** Dates, times and UUIDs come as plain text or, from Python, as JSON; a plain string always stands for itself. */
function unquoted(text: string, format: unknown): string {
  if (typeof format !== "string" || !/^".*"$/.test(text)) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

function allowsText(schema: JsonSchema): boolean {
  const { type, anyOf, oneOf } = schema;
  if (type === "string" || (Array.isArray(type) && type.includes("string"))) return true;
  const branches = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? (list as JsonSchema[]) : []));
  if (type === undefined && branches.length === 0 && schema["$ref"] === undefined) return true;
  return branches.some((branch) => typeof branch === "object" && branch !== null && allowsText(branch));
}
