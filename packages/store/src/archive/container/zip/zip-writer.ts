import type { TreeEntry } from "../../../tree/tree.js";
import { inZip64 } from "./bytes.js";
import type { PackedFile } from "./small-files.js";

/** 1980-01-01, the first that the format knows: archiver writes it in UTC, so it is the same in every time zone. */
const date = new Date(Date.UTC(1980, 0, 1));
/** Bytes that are given on together. */
const pageBytes = 1024 * 1024;
/** A file that may take 4 GiB once it is packed: deflate adds less than 0.02 % to what does not shrink. */
const zip64From = 0xff00_0000;
/** The zip64 field of a local header whose sizes follow behind the data: it says that they will have eight bytes each. */
const zip64Extra = Buffer.from([1, 0, 16, 0, ...Array.from({ length: 16 }, () => 0)]);
const deflated = 8;

/** What is used of an entry of compress-commons, which archiver writes headers from. */
interface EngineEntry {
  name: string;
  isZip64(): boolean;
  setMethod(method: number): void;
  setSize(bytes: number): void;
  setCompressedSize(bytes: number): void;
  setCrc(crc: number): void;
  setExtra(extra: Buffer): void;
  setVersionNeededToExtract(version: number): void;
  getGeneralPurposeBit(): { useDataDescriptor(use: boolean): void; useUTF8ForNames(use: boolean): void };
}

/** What is used of archiver's engine: zip-stream 7, on compress-commons 7. */
interface Engine {
  offset: number;
  readonly _archive: { forceZip64: boolean };
  write(bytes: Uint8Array | string): boolean;
  entry(
    source: Buffer,
    data: { readonly name: string; readonly type: string; readonly mode: number; readonly date: Date; readonly store: true },
  ): void;
  _appendBuffer(entry: EngineEntry): void;
  _writeLocalFileHeader(entry: EngineEntry): void;
  _afterAppend(entry: EngineEntry): void;
  finalize(): void;
}

/**
 * Writes a zip by archiver, which makes every entry, header, descriptor, the directory, and what zip64 asks for.
 *
 * Past it go three things. The content: it would deflate one member after the other, in one thread, so it is handed
 * content that is deflated already. The names: it takes `..`, `C:` and backslashes out of them, which a file on Linux may
 * have. And its streams: a header is a dozen writes of two or four bytes, and each would go through two streams by
 * itself (35 us a member), so they are put together in pages.
 */
export class ZipWriter {
  readonly #engine: Engine;
  #entry: EngineEntry | undefined;
  #page = Buffer.allocUnsafeSlow(pageBytes);
  #filled = 0;
  #ready: Uint8Array[] = [];

  private constructor(engine: Engine) {
    this.#engine = engine;
    engine.write = (bytes) => this.#write(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    engine._appendBuffer = (entry) => {
      this.#entry = entry;
    };
  }

  /** @param count of members. archiver counts up to 65,535 without zip64, where that number already stands for it. */
  static async create(count: number): Promise<ZipWriter> {
    const { ZipArchive } = await import("archiver");
    const archive = new ZipArchive({ forceZip64: count >= inZip64.short });
    return new ZipWriter((archive as unknown as { readonly _module: { readonly engine: Engine } })._module.engine);
  }

  /** A folder, or a file that is packed already: its sizes stand in front of it. */
  addWhole(tree: TreeEntry, { bytes, isDeflated, crc }: PackedFile): void {
    const entry = this.#begin(tree, isDeflated);
    entry.getGeneralPurposeBit().useDataDescriptor(false);
    entry.setSize(tree.kind === "file" ? tree.size : 0);
    entry.setCompressedSize(bytes.length);
    entry.setCrc(crc);
    this.#engine._writeLocalFileHeader(entry);
    this.#engine.write(bytes);
    this.#engine._afterAppend(entry);
  }

  /** A file whose content follows by {@link ZipWriter.write} up to {@link ZipWriter.end}: its sizes stand behind it. */
  begin(tree: TreeEntry & { readonly kind: "file" }, { isDeflated }: Pick<PackedFile, "isDeflated">): void {
    const entry = this.#begin(tree, isDeflated);
    entry.getGeneralPurposeBit().useDataDescriptor(true);
    entry.setVersionNeededToExtract(20);
    if (tree.size >= zip64From) {
      entry.isZip64 = () => true;
      entry.setExtra(zip64Extra);
    }
    this.#engine._writeLocalFileHeader(entry);
  }

  write(bytes: Uint8Array): void {
    this.#engine.write(bytes);
  }

  end(sums: { readonly size: number; readonly compressedSize: number; readonly crc32: number }): void {
    const entry = this.#entry as EngineEntry;
    entry.setSize(sums.size);
    entry.setCompressedSize(sums.compressedSize);
    entry.setCrc(sums.crc32);
    this.#engine._afterAppend(entry);
  }

  /** The directory. */
  finish(): void {
    // archiver takes up to this very number to fit.
    if (this.#engine.offset >= inZip64.long) this.#engine._archive.forceZip64 = true;
    this.#engine.finalize();
    this.#turnPage();
  }

  /** What is ready to be given on. */
  take(): readonly Uint8Array[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  #begin(tree: TreeEntry, isDeflated: boolean): EngineEntry {
    const isFolder = tree.kind === "folder";
    const mode = isFolder || tree.executable ? 0o755 : 0o644;
    this.#engine.entry(Buffer.alloc(0), { name: "-", type: isFolder ? "directory" : "file", mode, date, store: true });
    const entry = this.#entry as EngineEntry;
    entry.name = isFolder ? `${tree.path}/` : tree.path;
    entry.getGeneralPurposeBit().useUTF8ForNames(Buffer.byteLength(entry.name) !== entry.name.length);
    if (isDeflated) entry.setMethod(deflated);
    // archiver takes an offset of just this number to fit, too.
    if (this.#engine.offset === inZip64.long) entry.isZip64 = () => true;
    return entry;
  }

  #write(bytes: Uint8Array): true {
    this.#engine.offset += bytes.length;
    // A block of a large file goes on as it is.
    if (bytes.length >= pageBytes / 4) {
      this.#turnPage();
      this.#ready.push(bytes);
      return true;
    }
    if (this.#filled + bytes.length > pageBytes) this.#turnPage();
    // For the few bytes of a field this is several times as fast as to copy them as an array.
    if (bytes.length <= 8) for (const byte of bytes) this.#page[this.#filled++] = byte;
    else {
      this.#page.set(bytes, this.#filled);
      this.#filled += bytes.length;
    }
    return true;
  }

  #turnPage(): void {
    if (this.#filled === 0) return;
    this.#ready.push(this.#page.subarray(0, this.#filled));
    this.#page = Buffer.allocUnsafeSlow(pageBytes);
    this.#filled = 0;
  }
}
