import type { Body } from "../http/incoming.js";
import { wireInvalid } from "../wire/frame.js";
import { Form, FormPart } from "./form.js";
import type { FetchedUpload } from "./fetched-upload.js";
import { type Content, Upload } from "./upload.js";

/**
 * The body that another process made known; see `crossingBody`.
 * @throws BENTO_WIRE_INVALID for what that does not write
 */
export function receivedBody(words: unknown, bytes: Uint8Array): Body {
  const [into, ...uploads] = Array.isArray(words) ? (words as readonly unknown[]) : [];
  const contents = new Contents(bytes);
  switch (into) {
    case "form": {
      const parts = uploads.map((upload) => {
        const { name, filename, type, content } = readWords(upload, contents);
        return new FormPart({ name: name ?? "", filename, type }, content);
      });
      return { form: new Form(parts) };
    }
    case "file": {
      const { filename, type, content } = readWords(uploads[0], contents);
      return { file: new Upload(content, filename, type) };
    }
    case "safetensors":
    case "arrow":
      return { bytes, packing: into };
    case "fetched":
      return bodyWithFetched(uploads, bytes);
    default:
      throw wireInvalid("a body of no known form");
  }
}

function bodyWithFetched([words, byteLength, ...told]: readonly unknown[], bytes: Uint8Array): Body {
  const contents = new Contents(bytes);
  const own = contents.take(byteLength);
  const fetched = told.map((one): FetchedUpload => {
    const [path, upload] = Array.isArray(one) ? (one as readonly unknown[]) : [];
    if (!isFieldPath(path)) throw wireInvalid("a fetched file of no place");
    const { filename, type, content } = readWords(upload, contents);
    return { path, upload: new Upload(content, filename, type) };
  });
  return { ...(words === null ? { bytes: own } : receivedBody(words, own)), fetched };
}

function isFieldPath(path: unknown): path is FetchedUpload["path"] {
  return Array.isArray(path) && path.every((key) => typeof key === "string" || Number.isInteger(key));
}

/** The bytes of several uploads, which lie one after the other. */
class Contents {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: unknown): Uint8Array {
    const end = this.#at + (length as number);
    if (!Number.isSafeInteger(length) || end < this.#at || end > this.#bytes.byteLength) throw wireInvalid("an upload that is cut off");
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return content;
  }
}

interface ReadUpload {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly type: string | undefined;
  readonly content: Content;
}

function readWords(upload: unknown, contents: Contents): ReadUpload {
  const [name, filename, type, content] = Array.isArray(upload) ? (upload as readonly unknown[]) : [];
  return { name: text(name), filename: text(filename), type: text(type), content: contentOf(content, contents) };
}

function contentOf(content: unknown, contents: Contents): Content {
  if (!Array.isArray(content)) return contents.take(content);
  const [path, size] = content as readonly unknown[];
  if (typeof path !== "string" || typeof size !== "number") throw wireInvalid("an upload in a file without a path");
  return { path, size };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
