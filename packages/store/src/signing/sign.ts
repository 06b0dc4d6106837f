import { BentoError } from "@bento/core";
import type { KeyObject } from "node:crypto";
import { integrityFailed } from "../import/integrity.js";
import { digestOf } from "../model/manifest.js";
import { rareBuiltins } from "../rare-builtins.js";
import type { VerifiedFiles } from "../store/stored-model.js";
import { keyIdOf, privateKeyIn, publicHalf, rawKey } from "./keys.js";
import { formatSignature, signedText } from "./statement.js";

/** A signature that was made, before it is anywhere. */
export interface MadeSignature {
  /** Of the key that signed. */
  readonly keyId: string;
  /** The content of `.signature.json`. */
  readonly text: string;
}

/**
 * Signs a tag and the exact bytes of a manifest. The same key gives the same signature every time.
 * @param given a private key, or the path of a file that holds one
 * @throws BENTO_INTEGRITY_FAILED for files that the manifest disagrees with: to sign them would say that they are right
 * @throws BENTO_CONFIG_INVALID for a key that cannot be used
 */
export function makeSignature({ manifest = Buffer.alloc(0), verification }: VerifiedFiles, given: string | KeyObject): MadeSignature {
  const { tag, status } = verification;
  if (status !== "ok") throw integrityFailed(tag.toString(), verification);
  const key = typeof given === "string" ? privateKeyIn(given) : given;
  if (key.type !== "private" || key.asymmetricKeyType !== "ed25519") {
    throw new BentoError("BENTO_CONFIG_INVALID", "The key that was given cannot sign models: it is no private Ed25519 key.");
  }
  const publicKey = publicHalf(key, "The key");
  const signature = rareBuiltins.crypto().sign(null, signedText(tag, manifest), key);
  const statement = { tag: tag.toString(), manifest: digestOf(manifest).sha256, publicKey: rawKey(publicKey), signature };
  return { keyId: keyIdOf(publicKey), text: formatSignature(statement) };
}
