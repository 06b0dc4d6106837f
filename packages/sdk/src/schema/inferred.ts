import type { JsonSchema } from "@bento/core";
import type { ApiSchema } from "../spec.js";

type Primitive = "string" | "number" | "boolean";

/** Takes everything: documented as `{}`. */
export const anything: ApiSchema = fixed({}, false, (value) => ({ value }));

/** The input of a method that takes none: whatever is sent counts as nothing. */
export const nothing: ApiSchema = fixed({ type: "object", properties: {} }, true, () => ({ value: undefined }));

/** The schema of a type that `emitDecoratorMetadata` tells of by its constructor; other types say nothing. */
export function inferredSchema(constructor: unknown): ApiSchema {
  if (constructor === String) return primitive("string");
  if (constructor === Number) return primitive("number");
  if (constructor === Boolean) return primitive("boolean");
  return anything;
}

function primitive(type: Primitive): ApiSchema {
  return fixed({ type }, false, (value) =>
    typeof value === type
      ? { value }
      : { issues: [{ path: [], message: `Expected a ${type}, got ${nameOf(value)}.`, code: "invalid_type" }] },
  );
}

function fixed(document: JsonSchema, isObject: boolean, validate: ApiSchema["validate"]): ApiSchema {
  const promise = Promise.resolve(document);
  return { isObject, validate, jsonSchema: () => promise };
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
