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

/** A name of any length and content as it can stand in a message. */
export function quoted(text: string): string {
  return text.length <= maxQuoted ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, maxQuoted))}... (${text.length} characters)`;
}
