import { BentoError } from "@bento/core";
import { sha256Text } from "@bento/registry/wire";

/**
 * A text as the digest that it is: nothing else may become part of a path or a key.
 * @throws BENTO_BAD_REQUEST quoting the start of what is none
 */
export function checkDigest(text: string): string {
  if (sha256Text.safeParse(text).success) return text;
  throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(text.slice(0, 100))} is no SHA-256.`, {
    hint: "A digest is 64 hexadecimal digits in lower case.",
  });
}

/** The error for a blob that is not there. */
export function blobNotFound(sha256: string): BentoError {
  return new BentoError("BENTO_NOT_FOUND", `The registry has no part ${sha256}.`, {
    hint: "Ask for the content of the version again: it may have been replaced or deleted meanwhile.",
  });
}
