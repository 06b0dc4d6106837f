import { BentoError, BentoFile, fileFromDataUrl } from "@bento/core";
import { type KindResult, valid, wrong } from "./kind.js";
import { show } from "./show.js";

/** What a caller may give where a file is meant, and a method where it returns one. */
export type FileInput = Blob | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | BentoFile;

/** A URL that a caller may give in place of a file. Any other text would most likely be a path, which says nothing to a server. */
export type WebUrl = `http://${string}` | `https://${string}` | URL;

/** What a caller may give for a file, where a URL may stand for it or not. */
export type FileInputOf<Url extends boolean> = [Url] extends [true] ? FileInput | WebUrl : FileInput;

/**
 * A file of whatever came for it. Within JSON it is a data URL; a URL of the web a server that fetches such has replaced.
 * @param url whether it would be fetched, if the server were allowed to
 */
export function readFile(value: unknown, { url = false }: { readonly url?: boolean | undefined }): KindResult<BentoFile> {
  if (BentoFile.isFile(value)) return valid(value);
  if (typeof value === "string" || value instanceof URL) return readText(String(value), url);
  try {
    return valid(BentoFile.from(value as FileInput));
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    return wrong("invalid_type", `Expected a file, got ${show(value)}`);
  }
}

function readText(text: string, url: boolean): KindResult<BentoFile> {
  if (/^https?:\/\//i.test(text)) {
    const who = url
      ? "this server fetches none: its option urlInputs allows it"
      : "none is fetched here: the option url of the kind allows it";
    return wrong("url_not_allowed", `Expected a file, got a URL, and ${who}`);
  }
  if (!/^data:/i.test(text)) return wrong("invalid_type", `Expected a file, or a data URL within JSON, got ${show(text)}`);
  try {
    return valid(fileFromDataUrl(text));
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    return wrong("invalid_format", error.message);
  }
}
