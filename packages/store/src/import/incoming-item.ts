import { BentoError, Tag, type TagLike } from "@bento/core";
import type { ByteBudget } from "../archive/rules/byte-budget.js";
import { manifestName, signatureName } from "../model/file-path.js";
import { digest, digestOf, formatManifest, parseManifest } from "../model/manifest.js";
import { retagModelYaml, type TagChange } from "../model/retag.js";
import { tagForDraft } from "../store/draft-tag.js";
import type { ImportDraft } from "../store/import-draft.js";
import type { SignaturePolicy } from "../signing/policy.js";
import type { ItemInfo, ItemKind } from "../store/item-kind.js";
import type { ManifestEntry, ModelFile, SignalOptions } from "../store/model-store.js";
import type { VersionedTag } from "../store/stored-item.js";
import { incomingExists } from "../store/version-choice.js";
import type { IncomingFiles, OnExisting } from "./import-options.js";
import type { Imported } from "./import-transfer.js";
import { describeDifference, differenceOf, integrityFailed, manifestUnreadable } from "./integrity.js";
import { type ArchiveContents, missingDocument } from "./missing-document.js";
import { StagedItem } from "./staged-item.js";

/** What a manifest may have beyond the files that came: what is missing is to be named. Bytes. */
const spareManifestBytes = 4 * 2 ** 20;
/** What an entry of a manifest takes without its path, with room to spare; and a character of the path, as `\u0001`. Bytes. */
const entryBytes = 256;
const longestEscape = 6;

/** What an import needs of what a store holds. */
export interface ComparableItem {
  files(options?: SignalOptions): Promise<readonly ModelFile[]>;
  stream(path: string, options?: SignalOptions): AsyncIterable<Uint8Array>;
}

/** What an import needs of a store, of models or of bentos. */
export interface ImportingStore<Info, Stored extends ComparableItem> {
  /** What models must be to come in. */
  readonly signatures?: SignaturePolicy | undefined;
  importDraft(options?: SignalOptions): Promise<ImportDraft<Info, Stored>>;
  listTags(options: { readonly name: string }): Promise<readonly Tag[]>;
  get(tag: Tag): Promise<Stored>;
}

/** What an item on its way in needs to know. */
export interface IncomingItemOptions<Info extends ItemInfo, Stored extends ComparableItem> {
  readonly kind: ItemKind<Info>;
  readonly store: ImportingStore<Info, Stored>;
  readonly existing: OnExisting;
  readonly acceptChanges: boolean;
  readonly change: TagChange;
  /** The only tag that it may have. */
  readonly expected?: TagLike | undefined;
  /** Where it lies in the archive, with a `/` at its end; empty for the top. */
  readonly base: string;
  readonly budget: ByteBudget;
  readonly signal: AbortSignal;
}

/** What an item's document says, as it will be stored. */
export interface Identity<Info> {
  readonly tag: VersionedTag;
  readonly info: Info;
  readonly document: Uint8Array;
}

/**
 * A model or bento on its way into a store: first its files, then the decision, then everything at once.
 *
 * Without a draft it is only looked at.
 */
export class IncomingItem<Info extends ItemInfo, Stored extends ComparableItem> implements AsyncDisposable {
  readonly staged: StagedItem;
  readonly #options: IncomingItemOptions<Info, Stored>;
  readonly #draft: ImportDraft<Info, Stored> | undefined;
  #identity: Identity<Info> | undefined;
  #present: Stored | undefined;
  #isTaken = false;
  #isManifestRight = false;

  constructor(draft: ImportDraft<Info, Stored> | undefined, options: IncomingItemOptions<Info, Stored>) {
    this.#draft = draft;
    this.#options = options;
    this.staged = new StagedItem(draft, {
      ...options,
      documentName: options.kind.document,
      hasManifest: options.kind.noun === "model",
      onDocument: (document) => this.#identify(document),
    });
  }

  /** Known as soon as the document has come in. */
  get identity(): Identity<Info> | undefined {
    return this.#identity;
  }

  /** What the store had under the tag when the document came in. */
  get present(): Stored | undefined {
    return this.#present;
  }

  /** Whether the store had the tag when it was last looked for, also if what has it cannot be read. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** The files as they will be stored, without the manifest and the signature. */
  get files(): ReadonlyMap<string, ManifestEntry> {
    const files = new Map(this.staged.files);
    if (this.#identity !== undefined) files.set(this.#documentName, { path: this.#documentName, ...digestOf(this.#identity.document) });
    return files;
  }

  /**
   * Decides, once all files have come in. Nothing is visible yet.
   * @throws BENTO_ARCHIVE_INVALID without a document, BENTO_INTEGRITY_FAILED, BENTO_SIGNATURE_INVALID, and the code for a tag that is taken
   */
  async check(contents: ArchiveContents): Promise<void> {
    if (this.#identity === undefined) throw missingDocument(this.#options.kind, contents);
    if (!this.#options.acceptChanges) this.checkManifest();
    await this.#checkSignature();
    if (this.#isKept) await this.#checkSame(this.#present as Stored);
  }

  /** What has come in, after {@link IncomingItem.check}. */
  get checked(): IncomingFiles {
    const { files, staged } = this;
    const { tag, info } = this.#identity as Identity<Info>;
    let size = (staged.manifest?.length ?? 0) + (staged.signature?.length ?? 0);
    for (const file of files.values()) size += file.size;
    return { tag, creationTimeText: info.creationTimeText, files, manifest: staged.manifest, signature: staged.signature, size };
  }

  /** @throws BENTO_INTEGRITY_FAILED naming the files that the manifest disagrees with */
  checkManifest(): void {
    const text = this.staged.manifest;
    if (text === undefined) return;
    const manifest = this.#parsed(text);
    if (manifest === undefined) throw manifestUnreadable(this.#name);
    const difference = differenceOf(this.staged.files, manifest);
    if (difference !== undefined) throw integrityFailed(this.#name, difference);
    this.#isManifestRight = true;
  }

  /** How the files differ from those that the store has under the tag, in words; `undefined` when they do not. */
  async differenceTo(present: Stored): Promise<string | undefined> {
    const { signal } = this.#options;
    const found = this.files;
    const stored = new Map<string, ManifestEntry>();
    for (const { path, size } of await present.files({ signal })) {
      // What has another size is other content anyway.
      const isSameSize = found.get(path)?.size === size;
      stored.set(path, isSameSize ? { path, ...(await digest(present.stream(path, { signal }))) } : { path, size, sha256: "" });
    }
    const difference = differenceOf(found, stored);
    return difference === undefined ? undefined : describeDifference(difference);
  }

  /** Completes what is staged, after {@link IncomingItem.check}: then only {@link IncomingItem.commit} is left. */
  async prepare(): Promise<void> {
    if (this.#isKept) return;
    const { document } = this.#identity as Identity<Info>;
    const draft = this.#draft as ImportDraft<Info, Stored>;
    await draft.write(this.#documentName, document, { executable: false });
    const manifest = this.#manifest();
    if (manifest !== undefined) await draft.write(manifestName, manifest, { executable: false });
    const signature = this.#signature(manifest);
    if (signature !== undefined) await draft.write(signatureName, signature, { executable: false });
  }

  /** Looks once more whether the tag can be taken. @throws the code for a tag that was taken meanwhile */
  async checkFree(): Promise<void> {
    const { kind, existing } = this.#options;
    if (this.#isKept || existing === "replace") return;
    const { tag } = this.#identity as Identity<Info>;
    const other = await this.#find(tag);
    if (this.#isTaken && (other === undefined || existing === "error")) throw incomingExists(kind, tag);
    if (other !== undefined) await this.#checkSame(other);
  }

  /** Makes the item visible, after {@link IncomingItem.prepare}. @throws the code for a tag that was taken meanwhile */
  async commit(): Promise<Imported<Stored>> {
    const { existing } = this.#options;
    if (this.#isKept) return { item: this.#present as Stored, outcome: "skipped" };
    const { tag, info } = this.#identity as Identity<Info>;
    const draft = this.#draft as ImportDraft<Info, Stored>;
    try {
      const item = await draft.commit({ tag, info }, { existing: existing === "replace" ? "replace" : "error" });
      return { item, outcome: this.#isTaken ? "replaced" : "imported" };
    } catch (error) {
      // Somebody was faster, perhaps with the very same.
      const isTaken = existing === "skip" && BentoError.is(error, this.#options.kind.codes.exists);
      const other = isTaken ? await this.#find(tag) : undefined;
      if (other === undefined) throw error;
      await this.#checkSame(other);
      return { item: other, outcome: "skipped" };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#draft?.discard();
  }

  async #identify(original: Uint8Array): Promise<void> {
    const { kind, existing, change, base, expected } = this.#options;
    const isChanged = change.name !== undefined || change.version !== undefined;
    const given = kind.parse(original, base + kind.document);
    const document = isChanged ? Buffer.from(await retagModelYaml(Buffer.from(original).toString("utf8"), change)) : original;
    const info = isChanged ? kind.parse(document, base + kind.document) : given;
    const tag = versioned(info.tag, kind);
    if (expected !== undefined && !tag.equals(Tag.from(expected))) throw otherTag(kind, tag, Tag.from(expected));
    this.#identity = { tag, info, document };
    this.#present = await this.#find(tag);
    // Nothing that comes behind it in the archive can change this.
    if (existing === "error" && this.#isTaken) throw incomingExists(kind, tag);
    if (this.#present === undefined) return;
    if (existing === "skip") this.staged.stopWriting((path) => this.#readPresent(path));
  }

  /** The item of exactly this tag, no prefixes, if there is one that can be read. */
  async #find(tag: Tag): Promise<Stored | undefined> {
    const { store, kind } = this.#options;
    this.#isTaken = false;
    try {
      this.#isTaken = (await store.listTags({ name: String(tag) })).length > 0;
      return this.#isTaken ? await store.get(tag) : undefined;
    } catch (error) {
      const isUnusable = BentoError.is(error, kind.codes.invalid) || BentoError.is(error, "BENTO_SIGNATURE_INVALID");
      if (isUnusable || BentoError.is(error, kind.codes.notFound)) return undefined;
      throw error;
    }
  }

  /** A file of what the store has. That it is the same as the archive's shows in the end, when all is compared. */
  async *#readPresent(path: string): AsyncGenerator<Uint8Array, void> {
    const { kind, signal } = this.#options;
    try {
      yield* (this.#present as Stored).stream(path, { signal });
    } catch (error) {
      throw BentoError.is(error, "BENTO_FILE_NOT_FOUND") ? incomingExists(kind, (this.#identity as Identity<Info>).tag) : error;
    }
  }

  async #checkSame(present: Stored): Promise<void> {
    const { kind } = this.#options;
    const difference = await this.differenceTo(present);
    if (difference === undefined) return;
    throw new BentoError(kind.codes.exists, `The store already has another ${kind.noun} ${this.#name}, with other files: ${difference}.`, {
      hint: `Delete the one in the store first, if the archive's is the right one.`,
    });
  }

  /** The manifest that came along, as it is, if it is right for what will be stored; else a new one. Only models have one. */
  #manifest(): Uint8Array | undefined {
    const text = this.staged.manifest;
    // Right for what came, and nothing of it was changed: not to be compared with 50,000 files once more.
    if (this.#isManifestRight && this.#identity?.document === this.staged.document) return text;
    const files = this.files;
    const given = text === undefined ? undefined : this.#parsed(text);
    if (text !== undefined && given !== undefined && differenceOf(files, given) === undefined) return text;
    return this.#options.kind.noun === "model" ? Buffer.from(formatManifest(files.values())) : undefined;
  }

  /**
   * The signature that came along, unless what will be stored is not what it was made for, as its importer wants it: under
   * another name or version, or with changes that were accepted.
   */
  #signature(manifest: Uint8Array | undefined): Uint8Array | undefined {
    const { manifest: given, signature } = this.staged;
    const isChanged = this.#identity?.document !== this.staged.document || (given !== undefined && given !== manifest);
    return isChanged ? undefined : signature;
  }

  /** Holds what will be stored to the store's policy, if it has one. */
  async #checkSignature(): Promise<void> {
    const { kind, store } = this.#options;
    if (store.signatures?.require !== true || kind.noun !== "model") return;
    const { SignatureChecker } = await import("../signing.js");
    const { tag } = this.#identity as Identity<Info>;
    const manifest = this.#manifest();
    new SignatureChecker(store.signatures).admitIncoming({ tag, manifest, signature: this.staged.signature }, this.files);
  }

  /** A manifest that is much longer than one of the files that came would be takes gigabytes to read, and is wrong in any case. */
  #parsed(text: Uint8Array): ReturnType<typeof parseManifest> {
    let bound = spareManifestBytes;
    for (const path of this.staged.files.keys()) bound += entryBytes + longestEscape * path.length;
    return text.length > bound ? undefined : parseManifest(Buffer.from(text).toString("utf8"));
  }

  /** Whether the same is in the store already, so that nothing of it is staged. */
  get #isKept(): boolean {
    return this.#present !== undefined && this.#options.existing === "skip";
  }

  get #documentName(): string {
    return this.#options.kind.document;
  }

  get #name(): string {
    return JSON.stringify(String((this.#identity as Identity<Info>).tag));
  }
}

function versioned(tag: Tag, { noun, document }: ItemKind): VersionedTag {
  if (tag.version !== undefined) return tagForDraft(tag);
  throw new BentoError("BENTO_TAG_INVALID", `The ${noun} ${JSON.stringify(tag.name)} has no version in its ${JSON.stringify(document)}.`, {
    hint: noun === "model" ? "Import it with a version of your choice: { version }." : undefined,
  });
}

function otherTag({ noun, document }: ItemKind, tag: Tag, expected: Tag): BentoError {
  const [found, asked] = [tag, expected].map((each) => JSON.stringify(String(each)));
  return new BentoError("BENTO_INTEGRITY_FAILED", `This is the ${noun} ${found}, as its ${JSON.stringify(document)} says, not ${asked}.`, {
    hint: "Somebody put the one in the other's place: get it from somewhere else.",
  });
}
