import { BentoError } from "@bento/core";

/** @param what what is wrong, as a sentence about the archive */
export function invalid(what: string, cause?: unknown): BentoError {
  return new BentoError("BENTO_ARCHIVE_INVALID", what, {
    hint: "Get the archive again from where it came from; it may have been damaged or cut off on the way.",
    ...(cause === undefined ? {} : { cause }),
  });
}

export function cutOff(): BentoError {
  return invalid("The xz archive is cut off: it ends in the middle.");
}
