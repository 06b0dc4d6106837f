import type { ContentDocument, ContentFile } from "@bento/registry/wire";
import type { BlobStore, JoinedDigest } from "./blob-store.js";
import { checkWholeFiles } from "./examine.js";

/** Pushes whose files are digested while they come; those of the others are read when all of it is there. */
const mostPushes = 64;

/**
 * Files of several parts. What each part is was known when it came, what they are together was only said: a file is
 * digested as a whole while its parts come in, in their order, so that little is left to do when the last one is there.
 *
 * What is lost, with the process say, or never was told, as another server of the same registry took the parts in, is
 * made up for in the end.
 */
export class WholeFiles {
  readonly #blobs: BlobStore;
  readonly #pushes = new Map<string, RunningFiles>();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** A push begins, or goes on. @param missing the parts that are to come */
  begin(push: string, content: ContentDocument, missing: Iterable<string>): void {
    this.forget(push);
    const files = runningFiles(content, this.#blobs);
    if (files === undefined) return;
    files.begin(new Set(missing));
    this.#pushes.set(push, files);
    const [oldest] = this.#pushes.keys();
    if (this.#pushes.size > mostPushes && oldest !== undefined) this.forget(oldest);
  }

  /** A part of it lies where it belongs. */
  arrived(push: string, sha256: string): void {
    this.#pushes.get(push)?.arrived(sha256);
  }

  /** Nothing more of it will come. */
  forget(push: string): void {
    this.#pushes.get(push)?.drop();
    this.#pushes.delete(push);
  }

  /**
   * Looks at the files of a push of which all parts are there.
   * @throws BENTO_INTEGRITY_FAILED naming a file that is not what it was said to be, BENTO_STORE_FAILED
   */
  async check(push: string, content: ContentDocument, signal: AbortSignal): Promise<void> {
    const files = this.#pushes.get(push) ?? runningFiles(content, this.#blobs);
    this.#pushes.delete(push);
    if (files !== undefined && (await files.areRight())) return;
    // Reads everything anew, and says what is wrong with which file.
    await checkWholeFiles(content, { blobs: this.#blobs, signal });
  }
}

/** `undefined` for a store that has to be asked for bytes. */
function runningFiles({ files, partSize }: ContentDocument, blobs: BlobStore): RunningFiles | undefined {
  if (blobs.joined === undefined) return undefined;
  const begin = blobs.joined.bind(blobs);
  return new RunningFiles(files.flatMap((file) => (file.parts.length > 1 ? [new RunningFile(file, partSize, begin)] : [])));
}

class RunningFiles {
  readonly #files: readonly RunningFile[];
  readonly #filesOf = new Map<string, RunningFile[]>();

  constructor(files: readonly RunningFile[]) {
    this.#files = files;
    for (const file of files) {
      for (const sha256 of new Set(file.parts)) {
        const others = this.#filesOf.get(sha256);
        if (others === undefined) this.#filesOf.set(sha256, [file]);
        else others.push(file);
      }
    }
  }

  begin(missing: ReadonlySet<string>): void {
    for (const file of this.#files) file.begin(missing);
  }

  arrived(sha256: string): void {
    for (const file of this.#filesOf.get(sha256) ?? []) file.arrived(sha256);
  }

  drop(): void {
    for (const file of this.#files) file.drop();
  }

  async areRight(): Promise<boolean> {
    const right = await Promise.all(this.#files.map((file) => file.isRight()));
    return right.every(Boolean);
  }
}

class RunningFile {
  readonly #file: ContentFile;
  readonly #partSize: number;
  readonly #begin: () => JoinedDigest;
  #missing: Set<string> | undefined;
  #digest: JoinedDigest | undefined;
  /** Parts that are in the digest. */
  #joined = 0;

  constructor(file: ContentFile, partSize: number, begin: () => JoinedDigest) {
    this.#file = file;
    this.#partSize = partSize;
    this.#begin = begin;
  }

  get parts(): readonly string[] {
    return this.#file.parts;
  }

  begin(missing: ReadonlySet<string>): void {
    this.#missing = new Set(this.parts.filter((sha256) => missing.has(sha256)));
    this.#join();
  }

  arrived(sha256: string): void {
    this.#missing?.delete(sha256);
    this.#join();
  }

  drop(): void {
    this.#digest?.drop();
  }

  /** All parts are there. */
  async isRight(): Promise<boolean> {
    this.#missing = new Set();
    this.#join();
    return (await this.#digest?.result()) === this.#file.sha256;
  }

  /** Goes on as far as parts are there one after the other. */
  #join(): void {
    for (; this.#joined < this.parts.length; this.#joined += 1) {
      const sha256 = this.parts[this.#joined] as string;
      if (this.#missing === undefined || this.#missing.has(sha256)) return;
      this.#digest ??= this.#begin();
      this.#digest.add(sha256, Math.min(this.#partSize, this.#file.size - this.#joined * this.#partSize));
    }
  }
}
