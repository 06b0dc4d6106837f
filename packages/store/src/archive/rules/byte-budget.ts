import type { ImportLimits } from "./limits.js";
import { beyondLimit, unsafeArchive } from "./unsafe.js";

/** Up to here an archive may unpack to whatever it likes: no disk is filled by it. */
const freeBytes = 2 ** 30;

/** What all documents and manifests of an archive may be together: they are held in memory. A million files take less. Bytes. */
export const maxHeldTogether = 256 * 2 ** 20;

/** What the archive may take for each of its entries, their content apart: headers with the longest paths. Bytes. */
const entryBytes = 8192;
/** How much larger than its content an archive becomes where that does not compress: bzip2 adds a hundredth. */
const growth = 1.05;

/** Counts what an archive is and what it becomes, and stops it when that gets out of hand. */
export class ByteBudget {
  readonly #limits: ImportLimits;
  #read = 0;
  #decompressed = 0;
  #unpacked = 0;
  #held = 0;

  constructor(limits: ImportLimits) {
    this.#limits = limits;
  }

  /** Bytes of the archive read so far. */
  get bytesRead(): number {
    return this.#read;
  }

  /** To be told of all bytes of the archive: zeros may follow its end for ever, say. @throws BENTO_ARCHIVE_UNSAFE */
  read(count: number): void {
    this.#read += count;
    this.#checkEnd(this.#read);
  }

  /** To be told of all bytes that come out of a decompressor. @throws BENTO_ARCHIVE_UNSAFE */
  decompressed(count: number): void {
    this.#decompressed += count;
    this.#checkEnd(this.#decompressed);
    this.#checkRatio(this.#decompressed);
  }

  /** To be told of all bytes of files, those of links to files too. @throws BENTO_ARCHIVE_UNSAFE */
  unpacked(count: number): void {
    this.#unpacked += count;
    if (this.#unpacked > this.#limits.maxBytes) throw beyondLimit("maxBytes", this.#limits, "its files are too large together");
    this.#checkRatio(this.#unpacked);
  }

  /** To be told of the size a file claims to have, before it is read. @throws BENTO_ARCHIVE_UNSAFE */
  announced(count: number): void {
    if (this.#unpacked + count > this.#limits.maxBytes) throw beyondLimit("maxBytes", this.#limits, "its files are too large together");
  }

  /** To be told of all bytes that stay in memory until the end. @throws BENTO_ARCHIVE_UNSAFE */
  held(count: number): void {
    this.#held += count;
    if (this.#held > maxHeldTogether)
      throw unsafeArchive(`its documents and manifests are larger together than ${maxHeldTogether.toLocaleString("en-US")} bytes`);
  }

  #checkEnd(bytes: number): void {
    const { maxBytes, maxEntries } = this.#limits;
    if (bytes > growth * maxBytes + entryBytes * (maxEntries + 1)) throw beyondLimit("maxBytes", this.#limits, "it does not end");
  }

  #checkRatio(bytes: number): void {
    const { maxRatio } = this.#limits;
    // Infinity times no bytes at all would be no number.
    if (bytes <= freeBytes || maxRatio === Number.POSITIVE_INFINITY || bytes <= this.#read * maxRatio) return;
    throw beyondLimit(
      "maxRatio",
      this.#limits,
      `its first ${this.#read.toLocaleString("en-US")} bytes unpack to ${bytes.toLocaleString("en-US")}`,
    );
  }
}
