import { BentoError } from "@bento/core";
import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { digestOf } from "../model/manifest.js";
import { rareBuiltins } from "../rare-builtins.js";
import type { TrustedKey } from "./policy.js";

/** What a key in one line begins with. */
const shortForm = "ed25519:";
const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** Two halves of a key, as files hold them. */
export interface KeyPair {
  /** PEM (PKCS #8); for nobody else to read. */
  readonly privateKey: string;
  /** PEM (SPKI); for everybody who is to trust it. */
  readonly publicKey: string;
  /** See {@link keyIdOf}. */
  readonly keyId: string;
}

/** Makes a new key. */
export function createKeyPair(): KeyPair {
  const { privateKey, publicKey } = rareBuiltins.crypto().generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { privateKey, publicKey, keyId: keyIdOf(rareBuiltins.crypto().createPublicKey(publicKey)) };
}

/** Names a key: the SHA-256 of its public half in DER, as `openssl pkey -pubin -outform DER | sha256sum` tells it too. */
export function keyIdOf(key: KeyObject): string {
  return digestOf(key.export({ type: "spki", format: "der" })).sha256;
}

/** The 32 bytes of a public key. */
export function rawKey(key: KeyObject): Uint8Array {
  const { x } = key.export({ format: "jwk" });
  return Buffer.from(x as string, "base64url");
}

/** A key from its 32 bytes. */
export function keyFromRaw(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString("base64url");
  return rareBuiltins.crypto().createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}

/** A key in one line, as {@link publicKeysOf} reads it: for environments, where no files are. */
export function keyInOneLine(key: KeyObject): string {
  return shortForm + Buffer.from(rawKey(key)).toString("base64");
}

/**
 * The public keys that are trusted.
 * @throws BENTO_CONFIG_INVALID for what is no Ed25519 key, or a file that cannot be read
 */
export function publicKeysOf(keys: readonly TrustedKey[]): readonly KeyObject[] {
  return keys.flatMap((key) => {
    if (typeof key !== "string") return [publicHalf(key, "The trusted key")];
    if (isKeyText(key)) return keysIn(key, "The trusted key");
    return keysIn(contentOf(key), JSON.stringify(key));
  });
}

/** The key in a file that can sign. @throws BENTO_CONFIG_INVALID */
export function privateKeyIn(path: string): KeyObject {
  const text = contentOf(path);
  if (!text.includes("PRIVATE KEY-----")) throw unusable(JSON.stringify(path), "it holds no private key");
  if (text.includes("ENCRYPTED"))
    throw unusable(JSON.stringify(path), "it is encrypted", "Decrypt it with `openssl pkey -in FILE -out FILE`.");
  return checked(JSON.stringify(path), () => rareBuiltins.crypto().createPrivateKey(text));
}

/** The public half of a key. */
export function publicHalf(key: KeyObject, what: string): KeyObject {
  return checked(what, () => (key.type === "public" ? key : rareBuiltins.crypto().createPublicKey(key)));
}

function isKeyText(text: string): boolean {
  return text.includes("-----BEGIN ") || text.startsWith(shortForm);
}

function keysIn(text: string, what: string): readonly KeyObject[] {
  const blocks = [...text.matchAll(pemBlock)].map(([block]) => checked(what, () => rareBuiltins.crypto().createPublicKey(block)));
  const lines = text.split("\n").map((line) => line.trim());
  const short = lines.filter((line) => line.startsWith(shortForm)).map((line) => keyOfLine(line, what));
  if (blocks.length + short.length === 0) throw unusable(what, "it holds no key");
  return [...blocks, ...short];
}

function keyOfLine(line: string, what: string): KeyObject {
  const base64 = line.slice(shortForm.length);
  const raw = Buffer.from(base64, "base64");
  if (raw.length !== 32 || raw.toString("base64") !== base64) throw unusable(what, `${JSON.stringify(line)} is not 32 bytes in base64`);
  return keyFromRaw(raw);
}

function checked(what: string, read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw unusable(what, "it cannot be read as one", undefined, cause);
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw unusable(what, `it is of type ${key.asymmetricKeyType ?? key.type}`, "Make one with `bento models create-key FILE`.");
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw unusable(
      JSON.stringify(path),
      `the file cannot be read (${(cause as NodeJS.ErrnoException).code ?? "failed"})`,
      undefined,
      cause,
    );
  }
}

function unusable(
  what: string,
  why: string,
  hint = "Give an Ed25519 key in PEM: `bento models create-key FILE` makes a pair.",
  cause?: unknown,
): BentoError {
  return new BentoError("BENTO_CONFIG_INVALID", `${what} is no key that models can be signed with: ${why}.`, { hint, cause });
}
