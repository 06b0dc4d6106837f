import { Form, FormPart } from "./form.js";
import { maxParts, tooManyParts } from "./form-error.js";

/**
 * The form that another framework's parser has read: a `FormData`, or an object of texts and lists of texts.
 * @throws BENTO_PAYLOAD_TOO_LARGE for too many fields
 */
export async function formFromValue(value: unknown): Promise<Form> {
  if (value instanceof FormData) return formFromFormData(value);
  const parts = Object.entries((value ?? {}) as Record<string, unknown>).flatMap(([name, field]) => {
    const values: readonly unknown[] = Array.isArray(field) ? field : [field];
    return values.map((one) => textPart(name, typeof one === "string" ? one : (JSON.stringify(one) ?? "")));
  });
  if (parts.length > maxParts) throw tooManyParts();
  return new Form(parts);
}

async function formFromFormData(data: FormData): Promise<Form> {
  const entries = [...data];
  if (entries.length > maxParts) throw tooManyParts();
  const parts = entries.map(async ([name, value]) => {
    if (typeof value === "string") return textPart(name, value);
    return new FormPart({ name, filename: value.name, type: value.type || undefined }, new Uint8Array(await value.arrayBuffer()));
  });
  return new Form(await Promise.all(parts));
}

function textPart(name: string, text: string): FormPart {
  return new FormPart({ name, filename: undefined, type: undefined }, Buffer.from(text));
}
