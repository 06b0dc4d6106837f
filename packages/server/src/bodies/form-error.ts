import { BentoError } from "@bento/core";

/** Parts that a form may have. */
export const maxParts = 1000;
/** Bytes of a field that is no file. */
export const maxFieldBytes = 1024 * 1024;
/** Bytes of all fields that are no files. */
export const maxTextBytes = 10 * maxFieldBytes;

/** The error for a form that cannot be read. */
export function badForm(message: string, hint?: string): BentoError<"BENTO_BAD_REQUEST"> {
  return new BentoError("BENTO_BAD_REQUEST", message, hint === undefined ? {} : { hint });
}

/** The error for a form of too many parts. */
export function tooManyParts(): BentoError<"BENTO_PAYLOAD_TOO_LARGE"> {
  return new BentoError("BENTO_PAYLOAD_TOO_LARGE", `The form has more than ${maxParts} parts.`, {
    hint: "Send long lists as one field in JSON.",
  });
}

/** The error for a field that is too long. */
export function fieldTooLarge(name: string): BentoError<"BENTO_PAYLOAD_TOO_LARGE"> {
  return new BentoError("BENTO_PAYLOAD_TOO_LARGE", `The field ${quoted(name)} of the form is longer than ${maxFieldBytes} bytes.`, {
    hint: "Send it as a file, with a filename, or the whole input as JSON.",
  });
}

/** The error for fields that are too long together. */
export function textsTooLarge(): BentoError<"BENTO_PAYLOAD_TOO_LARGE"> {
  return new BentoError("BENTO_PAYLOAD_TOO_LARGE", `The fields of the form that are no files have more than ${maxTextBytes} bytes.`, {
    hint: "Send long texts as files, each with a filename, or the whole input as JSON.",
  });
}

/** What a caller wrote, short enough for a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
