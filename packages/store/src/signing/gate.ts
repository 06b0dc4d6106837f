import { BentoError, type Tag } from "@bento/core";
import type * as Signing from "../signing.js";
import type { StoredModel } from "../store/model-store.js";
import type { ContentAtHand, SignatureChecker } from "./checker.js";
import type { SignaturePolicy } from "./policy.js";

/** Stands at a store's doors where a policy requires signatures. What checks them is loaded with the first model. */
export class SignatureGate {
  readonly #policy: SignaturePolicy;
  /** By folder: what it looked like when all of it was read, so that it is not read again. */
  readonly #admitted = new Map<string, string>();
  #signing: typeof Signing | undefined;
  #checker: SignatureChecker | undefined;

  constructor(policy: SignaturePolicy) {
    this.#policy = policy;
  }

  /** @param folder where the model lies, if others can change it there @throws BENTO_SIGNATURE_INVALID */
  async admit(model: StoredModel, folder?: string): Promise<void> {
    const checker = await this.#load();
    const { stampOf } = this.#signing as typeof Signing;
    // Looked at before it is read: what changes meanwhile differs from what is remembered.
    const stamp = folder === undefined ? undefined : stampOf(model.tag, folder);
    if (folder !== undefined && this.#isKnown(folder, stamp)) return;
    await checker.admit(model);
    if (folder !== undefined) this.#remember(folder, stamp);
  }

  /** @throws BENTO_SIGNATURE_INVALID; BENTO_CONFIG_INVALID where checking cannot be loaded without waiting */
  admitSync(tag: Tag, content: ContentAtHand | string): void {
    this.#signing ??= requireSigning();
    const { folderContent, stampOf } = this.#signing;
    this.#checker ??= new this.#signing.SignatureChecker(this.#policy);
    if (typeof content !== "string") return this.#checker.admitSync(tag, content);
    const stamp = stampOf(tag, content);
    if (this.#isKnown(content, stamp)) return;
    this.#checker.admitSync(tag, folderContent(tag, content));
    this.#remember(content, stamp);
  }

  async #load(): Promise<SignatureChecker> {
    this.#signing ??= await import("../signing.js");
    this.#checker ??= new this.#signing.SignatureChecker(this.#policy);
    return this.#checker;
  }

  #isKnown(folder: string, stamp: string | undefined): boolean {
    return stamp !== undefined && this.#admitted.get(folder) === stamp;
  }

  #remember(folder: string, stamp: string | undefined): void {
    if (stamp === undefined) this.#admitted.delete(folder);
    else this.#admitted.set(folder, stamp);
  }
}

/** Node gives the same module here as to an import. */
function requireSigning(): typeof Signing {
  try {
    const { createRequire } = process.getBuiltinModule("node:module");
    return createRequire(import.meta.url)("@bento/store/signing") as typeof Signing;
  } catch (cause) {
    throw new BentoError("BENTO_CONFIG_INVALID", "What checks signatures cannot be loaded without waiting.", {
      hint: "Await the reference's `resolve()`, or the store's `get()`, before the first synchronous use.",
      cause,
    });
  }
}
