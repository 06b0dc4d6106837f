import { BytesValue, JsonLines, toJson } from "./values.js";
import type { Endpoint } from "./service.js";

/** What the body of a call is made of; the same for the call itself and for the commands that tell of it. */
export type BodyPlan =
  | { readonly as: "none" }
  | { readonly as: "text"; readonly text: string }
  | { readonly as: "lines"; readonly lines: readonly string[] }
  | { readonly as: "file"; readonly file: Blob; readonly type: string }
  | { readonly as: "form"; readonly parts: readonly (readonly [name: string, value: unknown])[] }
  | { readonly as: "json"; readonly value: unknown };

/**
 * Decides how a value travels: a file, bytes or text as a whole input as they are, files among the properties of an object
 * as a form, all else as JSON.
 */
export function planBody({ isRoot, input }: Endpoint, value: unknown): BodyPlan {
  if (value instanceof JsonLines) return { as: "lines", lines: value.lines };
  if (isRoot) {
    if (value === undefined) return { as: "none" };
    if (value instanceof BytesValue) return { as: "file", file: value.blob, type: "application/octet-stream" };
    if (value instanceof Blob) return { as: "file", file: value, type: value.type || "application/octet-stream" };
    // A text as a whole input is the body, and so is the URL of a file.
    const isText = input["type"] === "string" || input["type"] === "file";
    return isText && typeof value === "string" ? { as: "text", text: value } : { as: "json", value };
  }
  const parts = Object.entries(value as object)
    .filter(([, part]) => part !== undefined)
    .flatMap(([name, part]): [string, unknown][] => (isFiles(part) ? part.map((file) => [name, file]) : [[name, part]]));
  return parts.some(([, part]) => part instanceof Blob) ? { as: "form", parts } : { as: "json", value };
}

function isFiles(value: unknown): value is readonly Blob[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => item instanceof Blob);
}

/** A body, and the header that says what it is. */
export interface RequestBody {
  readonly body: BodyInit | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes the body of a call. */
export async function makeBody(plan: BodyPlan): Promise<RequestBody> {
  switch (plan.as) {
    case "none":
      return { body: undefined, headers: { "content-type": "application/json" } };
    case "text":
      return { body: plan.text, headers: { "content-type": "text/plain; charset=utf-8" } };
    case "lines":
      return { body: plan.lines.map((line) => `${line}\n`).join(""), headers: { "content-type": "application/jsonl" } };
    case "file":
      return { body: plan.file, headers: { "content-type": plan.type } };
    case "form":
      // The browser says what it is: it alone knows the boundary.
      return { body: await makeForm(plan.parts), headers: {} };
    case "json":
      return { body: await toJson(plan.value), headers: { "content-type": "application/json" } };
  }
}

async function makeForm(parts: readonly (readonly [name: string, value: unknown])[]): Promise<FormData> {
  const form = new FormData();
  for (const [name, value] of parts) {
    if (value instanceof Blob) form.append(name, value);
    else form.append(name, await toJson(value));
  }
  return form;
}
