import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { type LandedFile, onDisk, quoted } from "@bento/store/archives";
import { z } from "zod";
import type { FileRange, HashThreads } from "../transfer/hash-threads.js";
import type { TransferFolder } from "../transfer/transfer-folder.js";
import type { ContentDocument, ContentFile } from "../wire/content.js";
import { LandingFile } from "./landing-file.js";

/** Where a part belongs. The same part may belong in several places. */
export interface Slot {
  /** Index of the file in the document. */
  readonly file: number;
  /** Index of the part in the file. */
  readonly part: number;
  readonly sha256: string;
  /** The file as it comes to be, and where the part is in it. */
  readonly range: FileRange;
}

/** A part that an earlier try has written. */
const landedPart = z.object({ file: z.number(), part: z.number() });

/** What is copied at once. Bytes. */
const pieceBytes = 1024 * 1024;
/** Parts that a thread looks at in one go. */
const batchParts = 8;

/**
 * The files of a content as they come to be, in the folder of a transfer: each under its number, so that no name that
 * somebody made up is a path here. What has been written is in the journal, and is looked at again before it is relied upon.
 */
export class Landing {
  readonly #transfer: TransferFolder;
  readonly #content: ContentDocument;
  readonly #threads: HashThreads;
  readonly #folder: string;
  readonly #files: readonly LandingFile[];

  constructor(transfer: TransferFolder, content: ContentDocument, threads: HashThreads) {
    this.#transfer = transfer;
    this.#content = content;
    this.#threads = threads;
    this.#folder = join(transfer.path, "files");
    const { partSize } = content;
    this.#files = content.files.map(
      (file, index) => new LandingFile(file, { place: join(this.#folder, String(index)), partSize, threads }),
    );
  }

  /** Every place that no part has landed in yet, in the order of the files. */
  *missing(): Generator<Slot, void> {
    for (const [file, landing] of this.#files.entries()) {
      if (landing.isComplete) continue;
      for (let part = 0; part < landing.parts; part += 1) if (!landing.hasLanded(part)) yield this.#slot(file, part);
    }
  }

  /**
   * Makes the folder, and takes in what an earlier try has left, after a look at every byte of it.
   * @returns the bytes that need not come again
   */
  async recall(): Promise<number> {
    await onDisk("make the folder", this.#folder, () => mkdir(this.#folder, { recursive: true, mode: 0o700 }));
    const slots = this.#transfer.journal.earlier.flatMap((line) => this.#noted(line));
    for (let start = 0; start < slots.length; start += batchParts) {
      const batch = slots.slice(start, start + batchParts);
      // What is gone is fetched again.
      const digests = await this.#threads.digests(batch.map(({ range }) => range)).catch(() => []);
      for (const [index, { file, part, sha256 }] of batch.entries()) {
        if (digests[index] === sha256 && !this.#at(file).hasLanded(part)) this.#at(file).landed(part);
      }
    }
    let bytes = 0;
    for (const [index, file] of this.#files.entries()) {
      const { size } = this.#content.files[index] as ContentFile;
      if (size === 0) await this.#touch(file.place);
      else if (!file.isComplete) await this.#unshare(file);
      bytes += file.bytes;
    }
    return bytes;
  }

  /** The file that a part goes into, for writing. Whoever opens it closes it. */
  open({ range: { path } }: Slot): Promise<FileHandle> {
    return onDisk("write", path, () => open(path, constants.O_WRONLY | constants.O_CREAT, 0o600));
  }

  /** Whether what was written in the place of a part is that part. @throws BENTO_STORE_FAILED */
  isRight({ file, part }: Slot): Promise<boolean> {
    return this.#at(file).isRight(part);
  }

  /** Notes that a part is where it belongs, and is what it should be. */
  landed({ file, part }: Slot): void {
    this.#transfer.journal.append({ file, part });
    this.#at(file).landed(part);
  }

  /**
   * Copies a part that lies somewhere else on this machine.
   * @returns whether it was there: by now something else may be
   */
  async copy(slot: Slot, from: FileRange, signal: AbortSignal): Promise<boolean> {
    const source = await onDisk("read", from.path, () => open(from.path, "r"));
    try {
      const target = await this.open(slot);
      try {
        if ((await copyRange(source, from, { target, slot, signal })) !== slot.sha256) return false;
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
    this.landed(slot);
    return true;
  }

  /** All files, once every part has landed, each digested as a whole. @throws BENTO_INTEGRITY_FAILED naming one that is not what it was said to be */
  async files(): Promise<readonly LandedFile[]> {
    await this.#transfer.journal.flush();
    const landed: LandedFile[] = [];
    for (const [index, file] of this.#files.entries()) {
      const { path, size, sha256, executable } = this.#content.files[index] as ContentFile;
      if (!(await file.isPromised())) throw brokenPromise(path);
      landed.push({ path, size, sha256, executable, place: file.place });
    }
    return landed;
  }

  #at(file: number): LandingFile {
    return this.#files[file] as LandingFile;
  }

  #slot(file: number, part: number): Slot {
    const sha256 = this.#content.files[file]?.parts[part] as string;
    return { file, part, sha256, range: this.#at(file).range(part) };
  }

  #noted(line: unknown): readonly Slot[] {
    const parsed = landedPart.safeParse(line);
    if (!parsed.success) return [];
    const { file, part } = parsed.data;
    return this.#content.files[file]?.parts[part] === undefined ? [] : [this.#slot(file, part)];
  }

  async #touch(place: string): Promise<void> {
    await onDisk("write", place, async () => (await open(place, "w", 0o600)).close());
  }

  /** A file that an earlier try gave to a store as well is never written to: what is not whole of such begins anew. */
  async #unshare(file: LandingFile): Promise<void> {
    const found = await stat(file.place).catch(() => undefined);
    if (found === undefined || found.nlink === 1) return;
    await onDisk("remove", file.place, () => rm(file.place));
    file.restart();
  }
}

/** The places of each part together, in the order of the first ones. */
export function bySha256(slots: Iterable<Slot>): readonly (readonly [Slot, ...Slot[]])[] {
  const groups = new Map<string, [Slot, ...Slot[]]>();
  for (const slot of slots) {
    const group = groups.get(slot.sha256);
    if (group === undefined) groups.set(slot.sha256, [slot]);
    else group.push(slot);
  }
  return [...groups.values()];
}

interface CopyTarget {
  readonly target: FileHandle;
  readonly slot: Slot;
  readonly signal: AbortSignal;
}

/** @returns the digest of what was copied */
async function copyRange(source: FileHandle, from: FileRange, { target, slot: { range }, signal }: CopyTarget): Promise<string> {
  const hash = createHash("sha256");
  const size = Math.min(from.end - from.start, range.end - range.start);
  const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, size));
  for (let done = 0; done < size;) {
    signal.throwIfAborted();
    const length = Math.min(piece.length, size - done);
    const { bytesRead } = await onDisk("read", from.path, () => source.read(piece, 0, length, from.start + done));
    if (bytesRead === 0) break;
    const bytes = piece.subarray(0, bytesRead);
    hash.update(bytes);
    await writeAt(target, [bytes], { path: range.path, position: range.start + done });
    done += bytesRead;
  }
  return hash.digest("hex");
}

/** Writes all of some pieces at a place of a file. @throws BENTO_STORE_FAILED when the disk refuses */
export async function writeAt(
  file: FileHandle,
  pieces: readonly Uint8Array[],
  { path, position }: { readonly path: string; readonly position: number },
): Promise<void> {
  await onDisk("write", path, async () => {
    const size = pieces.reduce((total, { length }) => total + length, 0);
    let { bytesWritten } = await file.writev(pieces, position);
    if (bytesWritten === size) return;
    // A write that stopped in the middle: the rest, or the error that stopped it.
    const whole = Buffer.concat(pieces);
    while (bytesWritten < size)
      bytesWritten += (await file.write(whole, bytesWritten, size - bytesWritten, position + bytesWritten)).bytesWritten;
  });
}

function brokenPromise(path: string): BentoError {
  const message = `${quoted(path)} consists of the parts that the registry named, but is not the file that it promised.`;
  return new BentoError("BENTO_INTEGRITY_FAILED", message, {
    hint: "Nothing was stored. Get it from somewhere else, or ask whoever runs the registry.",
  });
}
