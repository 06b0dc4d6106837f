import { BentoError } from "@bento/core";

/** The zip is broken, or of a kind that is not read. */
export function damaged(what: string, hint = "Copy or make the archive again.", cause?: unknown): BentoError {
  return new BentoError("BENTO_ARCHIVE_INVALID", `The zip archive cannot be read: ${what}.`, { hint, cause });
}

/** The zip shows one thing to one reader and another to the next, which no tool does by mistake. */
export function unsafe(what: string, hint = "Import archives only from places that you trust."): BentoError {
  return new BentoError("BENTO_ARCHIVE_UNSAFE", `The zip archive is refused: ${what}.`, { hint });
}

export { quoted as quote } from "../../rules/unsafe.js";
