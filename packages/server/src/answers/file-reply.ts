import { type BentoFile, type ContextResponse, sniffMediaType } from "@bento/core";

import type { ExecutorReply } from "../executor/executor.js";
import { successHeaders, successStatus } from "../http/encode.js";
import { isBodiless, jsonType } from "../http/reply.js";
import { dispositionOf } from "./disposition.js";
import { FileBody } from "./file-body.js";

/** A file of at most so many bytes is read before the answer begins: one piece is cheaper than a stream. */
const shortBytes = 64 * 1024;

const anyType = "application/octet-stream";

/** What an endpoint says of the files that it answers with. */
export interface FileAnswer {
  /** Their media type, where it is always the same. */
  readonly type: string | undefined;
  /** Whether the result might be something else than a file, which its content type tells. */
  readonly isUnion: boolean;
}

/**
 * A file as an answer: its bytes as they are read, and in headers what it is called and what it is.
 *
 * Its type is what it says itself, else what the endpoint says, else what its first bytes look like. It is read until its
 * first bytes are there before the answer begins, so that a file which cannot be read at all is an error with a status.
 * @throws BENTO_FILE_UNREADABLE
 */
export async function fileReply(file: BentoFile, changed: ContextResponse | undefined, about: FileAnswer): Promise<ExecutorReply> {
  const status = successStatus(changed);
  if (isBodiless(status)) return { status, headers: successHeaders(file.type || anyType, changed), body: "" };
  const { size = Infinity } = file;
  const body = size <= shortBytes ? await file.bytes() : new FileBody(file);
  const isWhole = !(body instanceof FileBody);
  const head = (isWhole ? body : await body.peek()) ?? new Uint8Array();
  const headers = headersOf(file, { changed, head, isWhole, about });
  if (body instanceof FileBody && size !== Infinity) headers.push("content-length", String(size));
  return { status, headers, body };
}

interface Known {
  readonly changed: ContextResponse | undefined;
  readonly head: Uint8Array;
  /** Whether that is all of it. */
  readonly isWhole: boolean;
  readonly about: FileAnswer;
}

function headersOf(file: BentoFile, { changed, head, isWhole, about }: Known): string[] {
  const own = file.type || about.type || sniffMediaType(head) || anyType;
  // JSON would be taken for a result that is no file.
  const type = about.isUnion && own.split(";", 1)[0] === jsonType ? anyType : withCharset(own, head, isWhole);
  const headers = successHeaders(type, changed);
  const disposition = dispositionOf(file, type);
  if (disposition !== undefined && changed?.headers.has("content-disposition") !== true) headers.push("content-disposition", disposition);
  // What a file is called must not become what it is: a browser would look for a page in it.
  if (changed?.headers.has("x-content-type-options") !== true) headers.push("x-content-type-options", "nosniff");
  return headers;
}

/** A text whose charset nobody says is taken for another than UTF-8 by some readers; where it begins as UTF-8 they are told. */
function withCharset(type: string, head: Uint8Array, isWhole: boolean): string {
  if (!/^text\//i.test(type) || /;\s*charset=/i.test(type)) return type;
  try {
    // A piece may end within a character.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: !isWhole });
    return `${type}; charset=utf-8`;
  } catch {
    return type;
  }
}
