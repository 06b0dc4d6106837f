import { BentoError } from "../errors.js";

/** The error of bytes that are no Arrow stream, or one that lies. */
export function malformed(what: string, hint?: string): BentoError<"BENTO_BAD_REQUEST"> {
  return new BentoError("BENTO_BAD_REQUEST", `The Arrow stream cannot be read: ${what}`, { hint });
}

/** The error of a stream that is in order, but of a kind that is not read here. */
export function unsupported(what: string, hint: string): BentoError<"BENTO_BAD_REQUEST"> {
  return new BentoError("BENTO_BAD_REQUEST", `The Arrow stream ${what}, which is not read here.`, { hint });
}
