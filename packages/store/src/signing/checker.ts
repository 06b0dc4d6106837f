import { BentoError, type Tag } from "@bento/core";
import type { KeyObject } from "node:crypto";
import { differenceOf } from "../import/integrity.js";
import { isStoreFile, manifestName, maxSignatureBytes, signatureName } from "../model/file-path.js";
import { Digester, parseManifest } from "../model/manifest.js";
import type { ManifestEntry, ModelFile, SignatureFinding, StoredModel } from "../store/model-store.js";
import { checkSignature, filesNotSigned, findingError, signatureInvalid, type SignedContent } from "./check.js";
import { publicKeysOf } from "./keys.js";
import type { SignaturePolicy } from "./policy.js";

/** A model's files without waiting. */
export interface ContentAtHand {
  /** Every file, the hidden ones too. */
  files(): Iterable<ModelFile>;
  chunks(path: string): Iterable<Uint8Array>;
}

/** Holds models to a policy that requires signatures. */
export class SignatureChecker {
  readonly #keys: readonly KeyObject[];

  /** @throws BENTO_CONFIG_INVALID for keys that cannot be read, or none */
  constructor({ keys = [] }: SignaturePolicy) {
    this.#keys = publicKeysOf(keys);
    if (this.#keys.length === 0) throw noKeys();
  }

  /** Reads all of a stored model. @throws BENTO_SIGNATURE_INVALID */
  async admit(model: StoredModel): Promise<void> {
    const { tag } = model;
    const { status, signature, ...difference } = await model.verify({ keys: this.#keys, requireSignature: true });
    this.#checkFinding(tag, signature as SignatureFinding);
    if (status !== "ok") throw filesNotSigned(tag, difference);
    const added = await unlisted(model);
    if (added.length > 0) throw filesNotSigned(tag, { added, changed: [], missing: [] });
  }

  /** {@link SignatureChecker.admit} without waiting. */
  admitSync(tag: Tag, content: ContentAtHand): void {
    const sizes = new Map([...content.files()].map(({ path, size }) => [path, size]));
    const signatureSize = sizes.get(signatureName);
    const whole = (path: string): Uint8Array => Buffer.concat([...content.chunks(path)]);
    this.#check(
      {
        tag,
        manifest: sizes.has(manifestName) ? whole(manifestName) : undefined,
        signature: signatureSize === undefined ? undefined : signatureSize > maxSignatureBytes ? new Uint8Array() : whole(signatureName),
      },
      () => {
        const files = [...sizes.keys()].filter((path) => !isStoreFile(path));
        return new Map(files.map((path) => [path, digestSync(path, content.chunks(path))]));
      },
    );
  }

  /** Checks what is on its way in, whose files were digested already. @throws BENTO_SIGNATURE_INVALID */
  admitIncoming(content: SignedContent, files: ReadonlyMap<string, ManifestEntry>): void {
    this.#check(content, () => files);
  }

  #check(content: SignedContent, files: () => ReadonlyMap<string, ManifestEntry>): void {
    const { tag, manifest } = content;
    this.#checkFinding(tag, checkSignature(content, this.#keys));
    const signed = parseManifest(Buffer.from(manifest as Uint8Array).toString("utf8"));
    if (signed === undefined) throw filesNotSigned(tag, { added: [], changed: [manifestName], missing: [] });
    const difference = differenceOf(files(), signed);
    if (difference !== undefined) throw filesNotSigned(tag, difference);
  }

  #checkFinding(tag: Tag, finding: SignatureFinding): void {
    const error = findingError(tag, finding);
    if (error !== undefined) throw error;
  }
}

/**
 * Files that only those see who open the folder by its path: behind links to folders.
 * @throws BENTO_SIGNATURE_INVALID for links that lead out
 */
async function unlisted(model: StoredModel): Promise<readonly string[]> {
  const listed = new Set((await model.files()).map(({ path }) => path));
  try {
    const entries = await model.tree().entries();
    return entries.flatMap(({ kind, path }) => (kind === "file" && !isStoreFile(path) && !listed.has(path) ? [path] : []));
  } catch (error) {
    throw BentoError.is(error, "BENTO_MODEL_INVALID") ? signatureInvalid(model.tag, error.message.replace(/\.$/, "")) : error;
  }
}

function noKeys(): BentoError {
  return new BentoError("BENTO_CONFIG_INVALID", "Signatures are required, but no key is trusted.", {
    hint: "Give public keys: { signatures: { require: true, keys: [...] } }, BENTO_TRUSTED_KEYS, or --public-key.",
  });
}

function digestSync(path: string, chunks: Iterable<Uint8Array>): ManifestEntry {
  const digester = new Digester();
  for (const chunk of chunks) digester.update(chunk);
  return { path, ...digester.result() };
}
