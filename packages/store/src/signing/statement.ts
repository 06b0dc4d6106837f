import type { Tag } from "@bento/core";
import { maxSignatureBytes } from "../model/file-path.js";
import { digestOf } from "../model/manifest.js";

/** Version of the format of `.signature.json`, and of the text that is signed. */
const formatVersion = 1;

/** What `.signature.json` says. */
export interface SignatureStatement {
  /** The tag that was signed. */
  readonly tag: string;
  /** Digest of the manifest that was signed, lower-case hex. */
  readonly manifest: string;
  /** The 32 bytes of the key. Says who claims to have signed; whether that one is trusted is not for the file to say. */
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** What the key signs: the name and the exact bytes of the list of all files. No other signature of Ed25519 has a text like it. */
export function signedText(tag: Tag | string, manifest: Uint8Array): Buffer {
  return Buffer.from(`Bento model signature ${formatVersion}\n${String(tag)}\n${digestOf(manifest).sha256}\n`);
}

/** The text of `.signature.json`. The same statement gives the same text. */
export function formatSignature({ tag, manifest, publicKey, signature }: SignatureStatement): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const fields = {
    version: formatVersion,
    tag,
    manifest,
    algorithm: "ed25519",
    publicKey: base64(publicKey),
    signature: base64(signature),
  };
  return `${JSON.stringify(fields, undefined, 1)}\n`;
}

/**
 * Reads {@link formatSignature}'s text, and nothing that differs from it in a single byte: what has two spellings could be
 * changed without anybody noticing.
 * @returns `undefined` for everything else
 */
export function parseSignature(bytes: Uint8Array): SignatureStatement | undefined {
  if (bytes.length > maxSignatureBytes) return undefined;
  const text = Buffer.from(bytes).toString("utf8");
  const statement = statementOf(text);
  return statement !== undefined && Buffer.from(formatSignature(statement)).equals(bytes) ? statement : undefined;
}

function statementOf(text: string): SignatureStatement | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { tag, manifest, publicKey, signature } = value as Record<string, unknown>;
  if (typeof tag !== "string" || typeof manifest !== "string") return undefined;
  if (typeof publicKey !== "string" || typeof signature !== "string") return undefined;
  const key = Buffer.from(publicKey, "base64");
  return key.length === 32 ? { tag, manifest, publicKey: key, signature: Buffer.from(signature, "base64") } : undefined;
}
