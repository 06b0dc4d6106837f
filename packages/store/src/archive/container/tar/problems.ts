import { BentoError } from "@bento/core";

/** A tar that is not whole or not well formed: BENTO_ARCHIVE_INVALID. `what` is a sentence that says where. */
export function damagedTar(what: string, hint = "Fetch or make the archive again."): BentoError {
  return new BentoError("BENTO_ARCHIVE_INVALID", `The tar archive cannot be read: ${what}`, { hint });
}

/** A tar that ends where more has to follow. */
export function cutTar(where: number, what: string): BentoError {
  return damagedTar(`it is cut off at byte ${where}, in ${what}.`, "It was not stored or fetched as a whole: fetch or make it again.");
}
