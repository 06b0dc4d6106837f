import type { JsonSchema } from "@bento/core";

/** Whether a schema means bytes: ours, or what BentoML makes of Python's. */
export function isBytes(schema: JsonSchema): boolean {
  return schema["x-bento-type"] === "bytes" || (schema["type"] === "string" && schema["format"] === "binary");
}
