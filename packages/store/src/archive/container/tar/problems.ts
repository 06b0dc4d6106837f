import { BentoError } from "@bento/core";

/** A tar that is not whole or not well formed: BENTO_ARCHIVE_INVALID. `what` is a sentence that says where. */
export function damagedTar(what: string, hint = "Fetch or make the archive again."): BentoError {
  return new BentoError("BENTO_ARCHIVE_INVALID", `The tar archive cannot be read: ${what}`, { hint });
}

/** A tar that ends where more has to follow. */
export function cutTar(where: number, what: string): BentoError {
  return damagedTar(`it is cut off at byte ${where}, in ${what}.`, "It was not stored or fetched as a whole: fetch or make it again.");
}

/** A tar with something in it that must not be unpacked: BENTO_ARCHIVE_UNSAFE. */
export function unsafeTar(what: string, hint: string): BentoError {
  return new BentoError("BENTO_ARCHIVE_UNSAFE", `The tar archive is refused: ${what}`, { hint });
}

/** A name or path for a message: quoted, without the power to move a terminal's cursor, and not endless. */
export function quoted(name: string): string {
  const most = 200;
  return name.length > most ? `${JSON.stringify(name.slice(0, most))}...` : JSON.stringify(name);
}
