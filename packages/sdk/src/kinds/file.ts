import { type BentoFile, essenceOf, matchMediaType, sniffBytes, sniffMediaType } from "@bento/core";
import type * as z from "zod/v4";
import { capFile } from "./capped-file.js";
import { refuse } from "./definition-error.js";
import { type FileInputOf, readFile } from "./file-input.js";
import { type KindResult, type LaterResult, makeKind, valid, wrong } from "./kind.js";

/** Options of {@link file} and of the kinds that are files. */
export interface FileKindOptions<Url extends boolean = boolean> {
  /** How large it may be. @default as large as the server takes */
  readonly maxBytes?: number | undefined;
  /** Whether a caller may give a URL in its place, which the server then fetches, if it is allowed to. @default false */
  readonly url?: Url | undefined;
}

/** How a kind of file is told of, and what it must be. */
export interface FileKind {
  /** `file`, `pdf` ...: for messages. */
  readonly kind: string;
  readonly contentType: string | undefined;
  readonly options: FileKindOptions;
}

/**
 * A file: callers send a `Blob`, bytes, a stream or a `BentoFile`, the method gets a `BentoFile`. As an output the same,
 * the other way round.
 *
 * @param contentType what it must be: `application/zip`, `text/*`. Where nobody said what it is, or only that it is bytes
 *   (`application/octet-stream`), its first bytes do
 * @throws BENTO_SERVICE_INVALID for what is no content type or no size
 */
export function file<Url extends boolean = false>(
  contentType?: string,
  options: FileKindOptions<Url> = {},
): z.ZodType<BentoFile, FileInputOf<Url>> {
  return fileOf({ kind: "file", contentType, options });
}

/** Options of {@link audio} and {@link video}. */
export interface MediaKindOptions<Url extends boolean = boolean> extends FileKindOptions<Url> {
  /** What it must be, where not any format will do: `audio/mpeg`. */
  readonly contentType?: string | undefined;
}

/** A sound: a {@link file} of type `audio/*`, or of the one that is given. */
export function audio<Url extends boolean = false>(options: MediaKindOptions<Url> = {}): z.ZodType<BentoFile, FileInputOf<Url>> {
  return fileOf({ kind: "audio", contentType: options.contentType ?? "audio/*", options });
}

/** A film: a {@link file} of type `video/*`, or of the one that is given. */
export function video<Url extends boolean = false>(options: MediaKindOptions<Url> = {}): z.ZodType<BentoFile, FileInputOf<Url>> {
  return fileOf({ kind: "video", contentType: options.contentType ?? "video/*", options });
}

/** A PDF: a {@link file} of type `application/pdf`. */
export function pdf<Url extends boolean = false>(options: FileKindOptions<Url> = {}): z.ZodType<BentoFile, FileInputOf<Url>> {
  return fileOf({ kind: "pdf", contentType: "application/pdf", options });
}

function fileOf<Input>(is: FileKind): z.ZodType<BentoFile, Input> {
  checkFileKind(is);
  const { contentType } = is;
  const format = contentType === undefined ? { format: "binary" } : { format: contentType.split("/", 1)[0], content_type: contentType };
  return makeKind({
    document: { type: "file", ...format, ...optionWords(is.options) },
    read: (value) => checked(readFile(value, is.options), is),
  });
}

/** What Python does not know of: how large, and whether a URL will do. */
export function optionWords({ maxBytes, url }: FileKindOptions): object {
  return { ...(maxBytes === undefined ? {} : { "x-bento-max-bytes": maxBytes }), ...(url === true ? { "x-bento-url": true } : {}) };
}

/** @throws BENTO_SERVICE_INVALID */
export function checkFileKind({ kind, contentType, options: { maxBytes } }: FileKind): void {
  if (contentType !== undefined && essenceOf(contentType) === "")
    throw refuse(kind, "content type", contentType, 'Give one such as "application/zip" or "text/*".');
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes > 0))
    throw refuse(kind, "maxBytes", maxBytes, "Give a whole number of bytes greater than 0, or leave it out.");
}

/** The file, if it is as large as it may be and of the right type; later, where only its first bytes tell that. */
function checked(read: KindResult<BentoFile>, is: FileKind): KindResult<BentoFile> | LaterResult<BentoFile> {
  if (read.issues !== undefined) return read;
  const { contentType } = is;
  const found = read.value;
  const size = checkSize(found, is);
  if (size.issues !== undefined || contentType === undefined || contentType === "*/*") return size;
  if (matchMediaType(contentType, found.type) || !saysNothing.has(essenceOf(found.type))) {
    return checkType(size.value, found.type, contentType);
  }
  return async () => {
    const head = await found.range(0, sniffBytes);
    const type = sniffMediaType(head);
    // Nothing tells one kind of text from another.
    return type === undefined && textual.test(contentType) && isText(head) ? size : checkType(size.value, type ?? "", contentType);
  };
}

/** Types that tell nothing of a content. */
const saysNothing: ReadonlySet<string> = new Set(["", "application/octet-stream", "binary/octet-stream"]);

/** Types of what is text. */
const textual = /^text\/|[/+](?:json|xml|yaml)\b/i;

/** Whether bytes begin a text: UTF-8, maybe cut within a character, without NUL. */
function isText(head: Uint8Array): boolean {
  if (head.byteLength === 0 || head.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** The file, whose stream ends with an error where it turns out to be too large. */
export function checkSize(found: BentoFile, { options: { maxBytes } }: FileKind): KindResult<BentoFile> {
  if (maxBytes === undefined) return valid(found);
  if (found.size === undefined) return valid(capFile(found, maxBytes));
  if (found.size <= maxBytes) return valid(found);
  return wrong("too_big", `Expected a file of ${maxBytes} bytes at most, got one of ${found.size}`);
}

function checkType(found: BentoFile, type: string, contentType: string): KindResult<BentoFile> {
  if (matchMediaType(contentType, type)) return valid(found);
  const what = type === "" ? "one of an unknown type" : `one of type ${type}`;
  return wrong("invalid_content_type", `Expected a file of type ${contentType}, got ${what}`);
}
