import { open, stat } from "node:fs/promises";
import { onDisk } from "@bento/store/archives";
import type { FileRange, HashThreads, RunningDigest } from "../transfer/hash-threads.js";
import type { ContentFile } from "../wire/content.js";

/** After so much the disk is told to begin: what it has not yet is waited for in the end. Bytes. */
const writeOutBytes = 64 * 1024 * 1024;

/** The parts of a file of so many bytes, where they begin and end in it. */
export function partsOf(path: string, size: number, partSize: number): FileRange[] {
  const count = Math.ceil(size / partSize);
  return Array.from({ length: count }, (_, index) => ({ path, start: index * partSize, end: Math.min((index + 1) * partSize, size) }));
}

/**
 * A file that comes to be, part by part in any order. As soon as all before them are there, parts go into the digest of
 * the whole, which so is known when the last one has landed. One that is next goes into it as it is looked at, so that
 * it is read once; should it be wrong, the digest begins anew.
 */
export class LandingFile {
  /** Where it comes to be. */
  readonly place: string;
  /** How many parts it has. */
  readonly parts: number;
  readonly #file: ContentFile;
  readonly #partSize: number;
  readonly #threads: HashThreads;
  #landed: Uint8Array;
  /** Parts that are in the digest of the whole. */
  #digested = 0;
  #digest: RunningDigest | undefined;
  #digesting: Promise<unknown> = Promise.resolve();
  /** Bytes that landed since the disk was told last. */
  #inMemory = 0;
  #writingOut: Promise<void> | undefined;
  /** What the disk said to that: it says so once. */
  #refusal: { readonly error: unknown } | undefined;

  constructor(
    file: ContentFile,
    { place, partSize, threads }: { readonly place: string; readonly partSize: number; readonly threads: HashThreads },
  ) {
    this.#file = file;
    this.place = place;
    this.parts = file.parts.length;
    this.#partSize = partSize;
    this.#threads = threads;
    this.#landed = new Uint8Array(this.parts);
  }

  /** Where a part is in it. */
  range(part: number): FileRange {
    const start = part * this.#partSize;
    return { path: this.place, start, end: Math.min(start + this.#partSize, this.#file.size) };
  }

  hasLanded(part: number): boolean {
    return this.#landed[part] === 1;
  }

  /** Of the parts that have landed. */
  get bytes(): number {
    let bytes = 0;
    for (let part = 0; part < this.parts; part += 1) {
      const { start, end } = this.range(part);
      if (this.hasLanded(part)) bytes += end - start;
    }
    return bytes;
  }

  get isComplete(): boolean {
    return !this.#landed.includes(0);
  }

  /** Looks at a part that was written. */
  async isRight(part: number): Promise<boolean> {
    const digest = await this.#digestOf(part);
    return digest === this.#file.parts[part];
  }

  /** A part is there, and right. */
  landed(part: number): void {
    this.#landed[part] = 1;
    this.#goOn();
    const { start, end } = this.range(part);
    this.#inMemory += end - start;
    if (this.#inMemory >= writeOutBytes) this.#writingOut ??= this.#writeOut();
  }

  async #digestOf(part: number): Promise<string | undefined> {
    const range = this.range(part);
    // Of a single part the digest is that of the file.
    if (this.parts < 2 || part !== this.#digested) return (await this.#threads.digests([range]))[0];
    const running = (this.#digest ??= this.#threads.running());
    this.#digested += 1;
    const digesting = running.addDigested(range);
    this.#goOn();
    const digest = await digesting;
    if (digest !== this.#file.parts[part] && this.#digest === running) this.#digestAnew();
    return digest;
  }

  #goOn(): void {
    if (this.parts < 2) return;
    for (; this.hasLanded(this.#digested); this.#digested += 1) {
      this.#digest ??= this.#threads.running();
      this.#digesting = this.#digest.add(this.range(this.#digested));
      // Looked at in the end.
      this.#digesting.catch(() => {});
    }
  }

  /** Beside all else, and never fails: whoever asks for the file is told. */
  async #writeOut(): Promise<void> {
    this.#inMemory = 0;
    try {
      await onDisk("write", this.place, async () => {
        await using file = await open(this.place, "r+");
        await file.datasync();
      });
    } catch (error) {
      this.#refusal ??= { error };
    }
    this.#writingOut = undefined;
  }

  #digestAnew(): void {
    void this.#digest?.result().catch(() => {});
    this.#digest = undefined;
    this.#digested = 0;
    this.#goOn();
  }

  /** Nothing of it is there. To be called before the first part was noted as landed by this process. */
  restart(): void {
    this.#landed = new Uint8Array(this.parts);
    this.#digested = 0;
    this.#digest = undefined;
  }

  /** Whether the file, of which all parts have landed, is the one that was promised. @throws BENTO_STORE_FAILED when the disk refuses it */
  async isPromised(): Promise<boolean> {
    await this.#digesting;
    await this.#writingOut;
    if (this.#refusal !== undefined) throw this.#refusal.error;
    const digest = this.#digest === undefined ? this.#file.sha256 : await this.#digest.result();
    return digest === this.#file.sha256 && (await stat(this.place)).size === this.#file.size;
  }
}
