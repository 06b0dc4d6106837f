import { isUtf8 } from "node:buffer";

import { binaryDecoder, decodeBinary } from "./binary-value.js";
import { badForm, quoted } from "./form-error.js";
import type { FormPart } from "./form.js";
import type { FormField } from "./form-fields.js";
import { isText } from "./part-head.js";

/** What a part holds: a value, or a text whose meaning the schema decides. */
export type PartValue = { readonly value: unknown } | { readonly text: string };

/**
 * Reads a part as what its field is.
 *
 * A file is one where the field is, and bytes where the field is bytes. A text where a file belongs stays a text: a data
 * URL. A tensor and a table may come in bytes that are one; of any other field the content is text, whether it came as a file or not.
 * @throws BENTO_BAD_REQUEST for what is no text but ought to be
 */
export function decodePart(part: FormPart, field: FormField | undefined): PartValue {
  const isUpload = !isText(part);
  if (isUpload && field?.isFile === true) return { value: part.toFile() };
  if (isUpload && field?.isBytes === true) return { value: bytesOf(part) };
  const decode = binaryDecoder(part, field);
  return decode === undefined ? { text: textOf(part) } : { value: decodeBinary(part, decode) };
}

function textOf(part: FormPart): string {
  const bytes = bytesOf(part);
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  throw badForm(`The field ${quoted(part.name)} of the form is not valid UTF-8.`, "Encode text as UTF-8.");
}

/** Only what came for a field of files may lie on disk. */
function bytesOf({ content }: FormPart): Uint8Array {
  return content as Uint8Array;
}
