import { BentoError } from "@bento/core";
import { randomBytes } from "node:crypto";

/** A time as it is kept: texts of the same length, which sort as the times do. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** Nobody can guess it, and those made later sort after those made before. */
export function newUid(ms: number): string {
  return ms.toString(16).padStart(12, "0") + randomBytes(10).toString("hex");
}

/** @throws BENTO_BAD_REQUEST for text with a NUL, which PostgreSQL cannot keep */
export function checkText(text: string, what: string): string {
  if (!text.includes("\0")) return text;
  throw new BentoError("BENTO_BAD_REQUEST", `The ${what} ${JSON.stringify(text.slice(0, 100))} holds a NUL character.`, {
    hint: "Leave it out.",
  });
}
