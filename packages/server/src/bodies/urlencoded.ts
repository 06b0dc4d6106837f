import { isUtf8 } from "node:buffer";

import { BentoError } from "@bento/core";

import { Form, FormPart } from "./form.js";
import { badForm, fieldTooLarge, maxFieldBytes, maxParts, quoted, tooManyParts } from "./form-error.js";

/**
 * Reads `application/x-www-form-urlencoded`.
 * @throws BENTO_BAD_REQUEST for what is no text in UTF-8, escaped or not
 * @throws BENTO_PAYLOAD_TOO_LARGE for too many fields, or too long ones
 * @throws BENTO_MEDIA_TYPE_UNSUPPORTED for JSON that only says it were a form
 */
export function parseUrlencoded(bytes: Uint8Array): Form {
  if (!isUtf8(bytes)) throw badForm("The form is not valid UTF-8.", "Encode text as UTF-8.");
  const text = new TextDecoder().decode(bytes);
  const parts: FormPart[] = [];
  for (let at = 0; at < text.length;) {
    const found = text.indexOf("&", at);
    const end = found === -1 ? text.length : found;
    if (end > at) parts.push(parseField(text.slice(at, end)));
    if (parts.length > maxParts) throw tooManyParts();
    at = end + 1;
  }
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && /^\s*[[{"]/.test(text)) throw jsonAsForm();
  return new Form(parts);
}

function parseField(text: string): FormPart {
  const equals = text.indexOf("=");
  const name = unescaped(equals === -1 ? text : text.slice(0, equals), text);
  const value = equals === -1 ? "" : text.slice(equals + 1);
  if (value.length > 3 * maxFieldBytes) throw fieldTooLarge(name);
  const content = Buffer.from(unescaped(value, name));
  if (content.byteLength > maxFieldBytes) throw fieldTooLarge(name);
  return new FormPart({ name, filename: undefined, type: undefined }, content);
}

function unescaped(text: string, field: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw badForm(
      `The field ${quoted(field)} of the form has an escape that is none.`,
      "Write % and two hex digits for each byte of UTF-8.",
    );
  }
}

function jsonAsForm(): BentoError {
  return new BentoError("BENTO_MEDIA_TYPE_UNSUPPORTED", "The body is JSON, but its content type says that it is a form.", {
    hint: 'This is what curl sends with -d alone: add -H "content-type: application/json".',
  });
}
