import { createHash } from "node:crypto";

/** The SHA-256 of bytes, in lower-case hex. */
export async function run(/** @type {Uint8Array} */ input) {
  return { value: createHash("sha256").update(input).digest("hex") };
}
