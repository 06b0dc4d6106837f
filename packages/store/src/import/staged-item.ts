import { BentoError } from "@bento/core";
import { createReadStream } from "node:fs";
import type { ArchiveContent } from "../archive/container/container.js";
import { type ByteBudget, maxHeldTogether } from "../archive/rules/byte-budget.js";
import { unsafeEntry } from "../archive/rules/unsafe.js";
import { isStoreFile, manifestName, maxSignatureBytes, signatureName } from "../model/file-path.js";
import { Digester, digestOf } from "../model/manifest.js";
import type { ImportDraft } from "../store/import-draft.js";
import type { ManifestEntry } from "../store/model-store.js";
import { ThreadDigester } from "../threads/thread-digester.js";

/** What a document, a manifest and a signature may be at most: they are read whole. Bytes. */
export const maxHeldBytes = { document: 16 * 2 ** 20, manifest: maxHeldTogether, signature: maxSignatureBytes };

/** When so much has come in streams, they are digested in a thread: to start it takes as long as to digest this much. Bytes. */
const threadBytes = 96 * 2 ** 20;

/** What one item on its way in needs to know. */
export interface StagedItemOptions {
  /** `model.yaml` or `bento.yaml`. */
  readonly documentName: string;
  /** Whether a `.manifest.json` is its manifest, and a `.signature.json` its signature; else they are files like any other. */
  readonly hasManifest: boolean;
  readonly budget: ByteBudget;
  /** Called as soon as the document is there, so that what need not be read is not. */
  readonly onDocument?: (document: Uint8Array) => Promise<void>;
}

/** What goes into an item: the bytes, and what is kept of the entry they came from. */
export interface StagedFile {
  readonly path: string;
  readonly content: ArchiveContent;
  /** Bytes, as announced: only a hint. */
  readonly size: number;
  readonly executable: boolean;
  /** The name as the archive has it. */
  readonly raw: string;
}

/** A file that has come to this machine by itself, whole and digested. */
export interface LandedFile extends ManifestEntry {
  readonly executable: boolean;
  /** Absolute: where it lies. */
  readonly place: string;
}

interface FileRecord extends ManifestEntry {
  readonly executable: boolean;
}

/**
 * One model or bento as far as it has come in: digests of all its files, their bytes in a draft. Its document, its
 * manifest and its signature are held back, because only the end tells what they will say.
 *
 * Without a draft nothing is written: the files are only counted and digested.
 */
export class StagedItem {
  readonly #options: StagedItemOptions;
  readonly #files = new Map<string, FileRecord>();
  readonly #folders = new Set<string>();
  readonly #held = new Map<string, Uint8Array>();
  readonly #storeFiles = new Map<string, FileRecord>();
  #streamed = 0;
  #draft: ImportDraft<never, unknown> | undefined;
  #readPresent: ((path: string) => AsyncIterable<Uint8Array>) | undefined;

  constructor(draft: ImportDraft<never, unknown> | undefined, options: StagedItemOptions) {
    this.#draft = draft;
    this.#options = options;
  }

  /** All files but the manifest and the signature. */
  get files(): ReadonlyMap<string, ManifestEntry> {
    return this.#files;
  }

  /** The folders that the archive names. */
  get folders(): ReadonlySet<string> {
    return this.#folders;
  }

  get document(): Uint8Array | undefined {
    return this.#held.get(this.#options.documentName);
  }

  /** The manifest that came along. */
  get manifest(): Uint8Array | undefined {
    return this.#held.get(manifestName);
  }

  /** The signature that came along. */
  get signature(): Uint8Array | undefined {
    return this.#held.get(signatureName);
  }

  /**
   * Writes nothing from now on, because the same files are elsewhere.
   * @param read one of them, for links of other items
   */
  stopWriting(read: (path: string) => AsyncIterable<Uint8Array>): void {
    this.#draft = undefined;
    this.#readPresent = read;
  }

  async mkdir(path: string, raw: string): Promise<void> {
    this.#folders.add(path);
    await asUnsafe(raw, this.#draft?.mkdir(path));
  }

  /** Takes in a file. @throws BENTO_ARCHIVE_UNSAFE, and what content and draft throw */
  put(file: StagedFile): Promise<void> {
    const limit = this.#heldLimit(file.path);
    if (limit !== undefined) return this.#hold(file, limit);
    return file.content instanceof Uint8Array ? this.#putWhole(file, file.content) : this.#putStream(file, file.content);
  }

  /** Takes in a file that lies on this machine and was digested there; see {@link ImportDraft.adopt}. */
  async adopt({ path, executable, size, sha256, place }: LandedFile): Promise<void> {
    if (this.#heldLimit(path) !== undefined) return this.put({ path, content: createReadStream(place), size, executable, raw: path });
    this.#options.budget.unpacked(size);
    this.#files.set(path, { path, size, sha256, executable });
    await asUnsafe(path, this.#draft?.adopt(path, place, { executable }));
  }

  /** Takes in a link as the file that it stands for, which `from` has already taken in. */
  async link({ path, raw }: Pick<StagedFile, "path" | "raw">, from: StagedItem, target: string): Promise<void> {
    const { size, sha256, executable } = (from.#storeFiles.get(target) ?? from.#files.get(target)) as FileRecord;
    const isNeeded = this.#draft !== undefined || this.#heldLimit(path) !== undefined;
    const content = from.#held.get(target) ?? from.#draft?.read(target) ?? (isNeeded ? from.#readPresent?.(target) : undefined);
    if (content !== undefined) return this.put({ path, content, size, executable, raw });
    if (this.#heldLimit(path) !== undefined) throw unsafeEntry(raw, "a file is needed in its place, not a link");
    this.#options.budget.unpacked(size);
    this.#files.set(path, { path, size, sha256, executable });
  }

  async #putWhole({ path, executable, raw }: StagedFile, bytes: Uint8Array): Promise<void> {
    this.#options.budget.unpacked(bytes.length);
    this.#files.set(path, { path, ...digestOf(bytes), executable });
    await asUnsafe(raw, this.#draft?.write(path, bytes, { executable }));
  }

  async #putStream({ path, size, executable, raw }: StagedFile, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.#streamed += size;
    using thread = this.#streamed < threadBytes ? undefined : new ThreadDigester();
    const digester = thread ?? new Digester();
    const chunks = this.#counted(content, digester);
    if (this.#draft === undefined) await drain(chunks);
    else await asUnsafe(raw, this.#draft.write(path, chunks, { executable }));
    this.#files.set(path, { path, ...(await digester.result()), executable });
  }

  async #hold({ path, content, executable, raw }: StagedFile, limit: number): Promise<void> {
    const digester = new Digester();
    const bytes = await gather(
      this.#counted(content, digester, (count) => this.#options.budget.held(count)),
      limit,
      raw,
    );
    this.#held.set(path, bytes);
    const record = { path, ...digester.result(), executable };
    if (this.#isStoreFile(path)) this.#storeFiles.set(path, record);
    else this.#files.set(path, record);
    if (path === this.#options.documentName) await this.#options.onDocument?.(bytes);
  }

  #heldLimit(path: string): number | undefined {
    if (path === this.#options.documentName) return maxHeldBytes.document;
    if (!this.#isStoreFile(path)) return undefined;
    return path === manifestName ? maxHeldBytes.manifest : maxHeldBytes.signature;
  }

  #isStoreFile(path: string): boolean {
    return this.#options.hasManifest && isStoreFile(path);
  }

  async *#counted(
    content: ArchiveContent,
    digester: Pick<Digester | ThreadDigester, "update">,
    onBytes: (count: number) => void = () => {},
  ): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      this.#options.budget.unpacked(chunk.length);
      onBytes(chunk.length);
      await digester.update(chunk);
      yield chunk;
    }
  }
}

/** All of a file that is read whole. @throws BENTO_ARCHIVE_UNSAFE beyond the limit */
export async function gather(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, limit: number, raw: string): Promise<Uint8Array> {
  const gathered: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw unsafeEntry(raw, `it is larger than ${limit.toLocaleString("en-US")} bytes, which no such file is`);
    gathered.push(chunk);
  }
  return gathered.length === 1 ? (gathered[0] as Uint8Array) : new Uint8Array(Buffer.concat(gathered));
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}

/** The rules of archives were checked before: what a draft still refuses is a name that this disk takes for another's. */
async function asUnsafe(raw: string, writing: Promise<void> | undefined): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!BentoError.is(error, "BENTO_MODEL_INVALID") && !BentoError.is(error, "BENTO_BENTO_INVALID")) throw error;
    throw unsafeEntry(raw, "to this disk its name is the same as that of another entry");
  }
}
