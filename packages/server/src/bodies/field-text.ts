import type { FormField } from "./form-fields.js";

/**
 * The value that a text in a form means: JSON where it is JSON, else the text itself, so that `abc` and `"abc"` are the
 * same. Where the schema wants a text and nothing that the JSON would be, `123` is one too.
 * @source BentoML src/_bentoml_impl/serde.py `MultipartSerde.parse_request`
 */
export function parseFieldText(text: string, field: Pick<FormField, "types" | "isBigint"> | undefined): unknown {
  // The reviver of the schema reads digits, of which a number would lose some.
  if (field?.isBigint === true && /^-?\d+$/.test(text)) return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const types = field?.types;
  return types?.has("string") === true && !types.has(jsonTypeOf(value)) && !isWholeNumber(value, types) ? text : value;
}

function jsonTypeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function isWholeNumber(value: unknown, types: ReadonlySet<string>): boolean {
  return types.has("integer") && Number.isInteger(value);
}
