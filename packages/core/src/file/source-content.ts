import { BlobContent, type FileContent, MemoryContent } from "./file-content.js";
import { OneTimeContent } from "./one-time-content.js";

/** What a source says about the file that is made of it. */
export interface Described {
  readonly content: FileContent;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
}

/**
 * The content of a Blob, bytes, a stream or a text; `undefined` for anything else. By what the values can do rather than
 * by their classes: another realm (an iframe, a test's environment) has classes of its own.
 */
export function describeSource(source: unknown): Described | undefined {
  if (typeof source === "string") return { content: new MemoryContent(new TextEncoder().encode(source)) };
  const bytes = bytesOfSource(source);
  if (bytes !== undefined) return { content: new MemoryContent(bytes) };
  if (typeof source !== "object" || source === null) return undefined;
  if (isBlob(source)) {
    const { name } = source as { readonly name?: unknown };
    return { content: new BlobContent(source), type: source.type, name: typeof name === "string" ? name : undefined };
  }
  return isStream(source) ? { content: new OneTimeContent(source) } : undefined;
}

/** Numbers of another type than bytes are refused: whether their bytes or their values are meant, nobody can tell. */
function bytesOfSource(source: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(source)) {
    return isTagged(source, "Uint8Array") ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : undefined;
  }
  return isTagged(source, "ArrayBuffer") ? new Uint8Array(source as ArrayBuffer) : undefined;
}

function isTagged(value: unknown, tag: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${tag}]`;
}

function isBlob(value: object): value is Blob {
  const { stream, arrayBuffer, slice, size, type } = value as { readonly [K in keyof Blob]?: unknown };
  const reads = typeof stream === "function" && typeof arrayBuffer === "function" && typeof slice === "function";
  return reads && typeof size === "number" && typeof type === "string";
}

function isStream(value: object): value is ReadableStream<Uint8Array> {
  return typeof (value as { readonly getReader?: unknown }).getReader === "function";
}
