import { BentoError, type Tag } from "@bento/core";
import type { KeyObject } from "node:crypto";
import { quoted } from "../archive/rules/unsafe.js";
import { describeDifference, type Difference } from "../import/integrity.js";
import { digestOf } from "../model/manifest.js";
import { rareBuiltins } from "../rare-builtins.js";
import type { SignatureFinding } from "../store/model-store.js";
import { keyFromRaw, keyIdOf } from "./keys.js";
import { parseSignature, signedText } from "./statement.js";

/** What a signature is compared with. */
export interface SignedContent {
  /** Under which the model is here. */
  readonly tag: Tag;
  /** Absent where there is none. */
  readonly manifest: Uint8Array | undefined;
  /** The content of `.signature.json`; absent where there is none. */
  readonly signature: Uint8Array | undefined;
}

/** Compares a signature with what it is to be for: the tag and the exact bytes of the manifest. Files are compared with the manifest elsewhere. */
export function checkSignature({ tag, manifest, signature }: SignedContent, trusted: readonly KeyObject[]): SignatureFinding {
  if (signature === undefined) return { status: "missing", keyId: undefined, reason: "it is not signed" };
  const statement = parseSignature(signature);
  if (statement === undefined) return invalid("its signature cannot be read, or was changed");
  if (statement.tag !== tag.toString()) return invalid(`its signature is for ${quoted(statement.tag)}`);
  if (manifest === undefined) return invalid("it has no manifest, which is what is signed");
  if (statement.manifest !== digestOf(manifest).sha256) return invalid("its signature is for another manifest");
  const key = keyFromRaw(statement.publicKey);
  if (!rareBuiltins.crypto().verify(null, signedText(tag, manifest), key, statement.signature)) {
    return invalid("its signature was not made with the key that it names, or was changed");
  }
  // Anybody can make a key and sign with it: only whose key it is says anything.
  const keyId = keyIdOf(key);
  const isTrusted = trusted.some((one) => keyIdOf(one) === keyId);
  return isTrusted
    ? { status: "trusted", keyId, reason: undefined }
    : { status: "untrusted", keyId, reason: `its key ${keyId} is not trusted` };
}

/** The error for a model that is not what a trusted key signed. @param why as in "its signature is for ..." */
export function signatureInvalid(tag: Tag, why: string, hint = untrustedHint): BentoError {
  return new BentoError("BENTO_SIGNATURE_INVALID", `${String(tag)} is refused: ${why}.`, { hint });
}

/** The error for a finding, where only a trusted signature will do. */
export function findingError(tag: Tag, { status, reason }: SignatureFinding): BentoError | undefined {
  if (status === "trusted") return undefined;
  return signatureInvalid(tag, reason ?? status, status === "missing" ? unsignedHint : untrustedHint);
}

/** The error for files that are not those that were signed. */
export function filesNotSigned(tag: Tag, difference: Difference): BentoError {
  return signatureInvalid(tag, `its files are not those that were signed: ${describeDifference(difference)}`);
}

const untrustedHint = "Get it again from whom you trust; or add the key to those that are trusted, if it should be.";
const unsignedHint = "Only signed models are taken here: get the signed one, or sign it with `bento models sign TAG --key FILE`.";

function invalid(reason: string): SignatureFinding {
  return { status: "invalid", keyId: undefined, reason };
}
