import { BentoError, BentoFile, fileFromDataUrl } from "@bento/core";
import { type KindResult, valid, wrong } from "./kind.js";
import { show } from "./show.js";

/** What a caller may give where a file is meant, and a method where it returns one. */
export type FileInput = Blob | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | BentoFile;

/** A file of whatever came for it. Within JSON it is a data URL. */
export function readFile(value: unknown): KindResult<BentoFile> {
  if (BentoFile.isFile(value)) return valid(value);
  if (typeof value === "string") return readText(value);
  try {
    return valid(BentoFile.from(value as FileInput));
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    return wrong("invalid_type", `Expected a file, got ${show(value)}`);
  }
}

function readText(text: string): KindResult<BentoFile> {
  if (/^https?:/i.test(text)) return wrong("url_not_allowed", "Expected a file, got a URL, and this server fetches none");
  if (!/^data:/i.test(text)) return wrong("invalid_type", `Expected a file, or a data URL within JSON, got ${show(text)}`);
  try {
    return valid(fileFromDataUrl(text));
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    return wrong("invalid_format", error.message);
  }
}
