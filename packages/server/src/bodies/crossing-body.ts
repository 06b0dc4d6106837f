import type { Body } from "../http/incoming.js";
import type { Packing } from "../packing/packing.js";
import type { Upload } from "./upload.js";

/** An upload without its bytes: its field, file name and type, and how many bytes it has, or in which file they are. */
export type UploadWords = readonly [
  name: string | null,
  filename: string | null,
  type: string | null,
  content: number | readonly [path: string, size: number],
];

/** What a URL led to: where that stood in the input, and the upload. */
export type FetchedWords = readonly [path: readonly (string | number)[], upload: UploadWords];

/** What of a body is told to another process beside its bytes; `undefined` where it is bytes and no more. */
export type BodyWords = PlainWords | readonly ["fetched", PlainWords | null, byteLength: number, ...FetchedWords[]];
type PlainWords = readonly ["form" | "file", ...UploadWords[]] | readonly [Packing] | undefined;

/** A body as it goes to another process of this machine. */
export interface CrossingBody {
  readonly words: BodyWords;
  /** What is in memory, one after the other. */
  readonly bytes: Uint8Array;
}

/** Makes a body ready for another process. What lies on disk stays there, and belongs to this process. */
export function crossingBody(body: Body): CrossingBody {
  const plain = plainBody(body);
  const { fetched } = body;
  if (fetched === undefined) return plain;
  const { words, bytes } = plain;
  const uploads = fetched.map(({ upload }) => upload);
  const told = fetched.map(({ path, upload }) => [path, wordsOf(upload, null)] as const);
  return { words: ["fetched", words ?? null, bytes.byteLength, ...told], bytes: Buffer.concat([bytes, joined(uploads)]) };
}

function plainBody(body: Body): { readonly words: PlainWords; readonly bytes: Uint8Array } {
  if ("bytes" in body) return { words: body.packing && [body.packing], bytes: body.bytes };
  if ("value" in body) return { words: undefined, bytes: Buffer.from(JSON.stringify(body.value) ?? "") };
  if ("file" in body) return { words: ["file", wordsOf(body.file, null)], bytes: joined([body.file]) };
  const { parts } = body.form;
  return { words: ["form", ...parts.map((part) => wordsOf(part, part.name))], bytes: joined(parts) };
}

function wordsOf({ filename, type, content }: Upload, name: string | null): UploadWords {
  return [name, filename ?? null, type ?? null, content instanceof Uint8Array ? content.byteLength : [content.path, content.size]];
}

function joined(uploads: readonly Upload[]): Uint8Array {
  const inMemory = uploads.flatMap(({ content }) => (content instanceof Uint8Array ? [content] : []));
  return inMemory.length === 1 ? (inMemory[0] as Uint8Array) : Buffer.concat(inMemory);
}
