import { BentoError } from "../errors.js";
import type { FileContent } from "./file-content.js";
import { baseName } from "./file-name.js";
import { cleanMediaType } from "./media-type.js";
import { mediaTypeOfName } from "./media-type-of-name.js";
import { readAll, readRange } from "./read-stream.js";
import { describeSource } from "./source-content.js";

const brand: unique symbol = Symbol.for("bento.file") as never;

/** What a file can be made of. A text becomes its UTF-8; a ReadableStream makes a file that can be read once. */
export type FileSource = Blob | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | BentoFile | string;

/** What is said about a file besides its content. */
export interface FileOptions {
  /** What it is called. Only the name itself is kept: no folders, no control characters, at most 255 bytes. */
  readonly name?: string | undefined;
  /** Its media type, such as `image/png`. @default what the source says, else what the name suggests, else `""` */
  readonly type?: string | undefined;
}

/**
 * A file that goes in or out of an endpoint: bytes with a name and a media type, wherever the bytes are.
 *
 * Nothing is read before somebody asks for it. A file that was made of a ReadableStream can be read once; every other
 * one again and again. What is read are views of the file's own bytes where it is in memory: copy before changing them.
 *
 * ```ts
 * const file = BentoFile.from(bytes, { name: "report.pdf" });
 * for await (const chunk of file.stream()) hash.update(chunk);
 * ```
 */
export class BentoFile implements FileContent {
  /** What it is called, without folders; `undefined` when nobody said. */
  readonly name: string | undefined;
  /** Its media type as somebody said or the name suggests; `""` when unknown. The content may be something else. */
  readonly type: string;
  readonly #content: FileContent;

  /** A file with a content of your own; {@link BentoFile.from} makes one of what you have at hand. */
  constructor(content: FileContent, options: FileOptions = {}) {
    this.name = options.name === undefined ? undefined : baseName(options.name);
    this.type = cleanMediaType(options.type ?? "") || (mediaTypeOfName(this.name ?? "") ?? "");
    this.#content = content;
  }

  get [brand](): true {
    return true;
  }

  /** Bytes, where that is known before they are read. */
  get size(): number | undefined {
    return this.#content.size;
  }

  /** Where the file lies on this machine, if it does. */
  get path(): string | undefined {
    return this.#content.path;
  }

  /**
   * A file of a Blob or File (which keep their type and name), bytes, a stream, another file, or a text.
   * @throws BENTO_INPUT_INVALID when it is something else
   */
  static from(source: FileSource, options: FileOptions = {}): BentoFile {
    if (BentoFile.isFile(source)) return sameFile(source, options);
    const described = describeSource(source);
    if (described === undefined) throw notAFile(source);
    const type = options.type ?? described.type ?? (typeof source === "string" ? typeOfText(options.name) : undefined);
    return new BentoFile(described.content, { name: options.name ?? described.name, type });
  }

  /** Whether a value is a BentoFile, of this or another copy of the package. */
  static isFile(value: unknown): value is BentoFile {
    return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  /**
   * The bytes as they come. Nothing is read before the stream is; cancelling it frees what it holds.
   * @throws BENTO_FILE_UNREADABLE when the file can be read once and was; reading may fail with it too
   */
  stream(): ReadableStream<Uint8Array> {
    return this.#content.stream();
  }

  /**
   * All bytes, in memory.
   * @throws BENTO_FILE_UNREADABLE
   */
  async bytes(): Promise<Uint8Array> {
    return this.#content.bytes?.() ?? readAll(this.#content.stream());
  }

  /**
   * The bytes from `start` up to `end`, fewer where the file ends. A file made of a stream shows its first MiB this way
   * and can still be read.
   * @throws BENTO_FILE_UNREADABLE
   */
  async range(start: number, end: number): Promise<Uint8Array> {
    return this.#content.range?.(start, end) ?? readRange(this.#content.stream(), start, end);
  }

  /**
   * All bytes as an ArrayBuffer of their own length.
   * @throws BENTO_FILE_UNREADABLE
   */
  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.bytes();
    const { buffer } = bytes;
    return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength ? buffer : new Uint8Array(bytes).buffer;
  }

  /**
   * The content read as UTF-8; what is none becomes U+FFFD.
   * @throws BENTO_FILE_UNREADABLE
   */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  /**
   * The file as a Blob of its type, for `FormData` and the browser. The one it was made of, else its bytes in memory.
   * @throws BENTO_FILE_UNREADABLE
   */
  async blob(): Promise<Blob> {
    const blob = await this.#content.blob?.();
    if (blob?.type === this.type) return blob;
    return new Blob([blob ?? (await this.arrayBuffer())], { type: this.type });
  }
}

/** A BentoFile is a content too; so a file of another copy of the package becomes one of this copy. */
function sameFile(file: BentoFile, { name, type }: FileOptions): BentoFile {
  if (file instanceof BentoFile && name === undefined && type === undefined) return file;
  return new BentoFile(file, { name: name ?? file.name, type: type ?? file.type });
}

function typeOfText(name: string | undefined): string {
  return (name === undefined ? undefined : mediaTypeOfName(name)) ?? "text/plain;charset=utf-8";
}

function notAFile(source: unknown): BentoError {
  const what =
    typeof source === "object" && source !== null ? (source.constructor?.name ?? "object") : `${typeof source} ${String(source)}`;
  const message = `A file was expected, but this is ${what}.`;
  return new BentoError("BENTO_INPUT_INVALID", message, {
    hint: "Give a Blob or File, a Uint8Array, an ArrayBuffer, a ReadableStream of bytes, a BentoFile or a text.",
    issues: [{ path: [], message, code: "invalid_type" }],
  });
}
