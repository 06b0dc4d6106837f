import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Tells scanners of leaked secrets, and people, what it is. */
const prefix = "bento";
const pattern = /^bento_([0-9a-f]{16})_([0-9A-Za-z_-]{43})$/;

/** A new token in its parts: who reads the database learns id and hash, and cannot make the token of them. */
export function newSecret(): { readonly token: string; readonly id: string; readonly hash: string } {
  const id = randomBytes(8).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  return { token: `${prefix}_${id}_${secret}`, id, hash: hashOf(secret) };
}

/** The parts of what was sent as a token. */
export function readSecret(token: string): { readonly id: string; readonly hash: string } | undefined {
  const [, id, secret] = pattern.exec(token) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, hash: hashOf(secret) };
}

/** Whether two hashes are the same, in a time that tells nothing of where they differ. */
export function sameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, "hex"), Buffer.from(other, "hex")];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Of 256 random bits: nobody can try them all, so a fast hash is as good as a slow one. */
function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
