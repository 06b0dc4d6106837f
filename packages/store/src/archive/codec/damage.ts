import { BentoError } from "@bento/core";

/** An archive whose compressed form cannot be right. `what` is a whole sentence. */
export function damaged(what: string, cause?: unknown): BentoError {
  return new BentoError("BENTO_ARCHIVE_INVALID", what, { hint: "Fetch or make the archive again.", cause });
}
