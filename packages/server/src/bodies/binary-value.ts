import { BentoError, decodeTensorBody, onlyTensor, safetensorsType } from "@bento/core";
import { arrowType, decodeArrowTable, decodeArrowTensors } from "@bento/core/arrow";

import { quoted } from "./form-error.js";
import type { FormField } from "./form-fields.js";
import type { FormPart } from "./form.js";

/** Reads a part as a tensor or a table, from bytes that are one. */
export type DecodeBinary = (bytes: Uint8Array) => unknown;

/** How a part is read that says by its type that it is a tensor, or a table; `undefined` for any other. */
export function binaryDecoder({ type }: FormPart, field: FormField | undefined): DecodeBinary | undefined {
  const essence = type?.split(";", 1)[0]?.trim().toLowerCase();
  const isTensor = field?.types?.has("tensor") === true;
  if (essence === safetensorsType && isTensor) return (bytes) => onlyTensor(decodeTensorBody(bytes));
  if (essence !== arrowType) return undefined;
  if (isTensor) return (bytes) => onlyTensor(decodeArrowTensors(bytes));
  return field?.types?.has("dataframe") === true ? decodeArrowTable : undefined;
}

/** What a part is, read so. @throws BENTO_BAD_REQUEST naming the field */
export function decodeBinary(part: FormPart, decode: DecodeBinary): unknown {
  try {
    return decode(part.content as Uint8Array);
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    const { code, message, hint } = error;
    throw new BentoError(code, `The field ${quoted(part.name)} of the form: ${message}`, {
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }
}
