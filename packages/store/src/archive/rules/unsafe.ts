import { BentoError } from "@bento/core";
import type { ImportLimits } from "./limits.js";

/** The error for an entry that is not taken in: names it as the archive has it. */
export function unsafeEntry(path: string, why: string): BentoError {
  return new BentoError("BENTO_ARCHIVE_UNSAFE", `The archive holds ${quoted(path)}: ${why}. Nothing was imported.`, {
    hint: "Take such an archive from nobody; if it is your own, pack plain files and folders without links that lead out.",
  });
}

/** The error for an archive that is no accident, as a whole. */
export function unsafeArchive(why: string): BentoError {
  return new BentoError("BENTO_ARCHIVE_UNSAFE", `The archive is not taken in: ${why}. Nothing was imported.`, {
    hint: "No tool makes such an archive: take it from nobody.",
  });
}

/** The error for an archive that goes beyond a limit. */
export function beyondLimit(limit: keyof ImportLimits, limits: ImportLimits, what: string): BentoError {
  const value = limits[limit].toLocaleString("en-US");
  return new BentoError("BENTO_ARCHIVE_UNSAFE", `The archive goes beyond a limit: ${what} (${limit} is ${value}). Nothing was imported.`, {
    hint: `If you trust the archive, raise the limit: { limits: { ${limit}: ... } }.`,
  });
}

const maxQuoted = 200;

/** What JSON leaves as it is, and a terminal obeys: control characters, and what turns the direction of writing. */
const unseen = /[\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** A name of any length and content as it can stand in a message: nothing in it steers a terminal, or hides what it says. */
export function quoted(text: string): string {
  const shown = JSON.stringify(text.slice(0, maxQuoted)).replaceAll(unseen, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return text.length <= maxQuoted ? shown : `${shown}... (${text.length} characters)`;
}
