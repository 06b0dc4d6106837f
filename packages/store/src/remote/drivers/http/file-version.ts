import type { WebAnswer } from "./web-answer.js";

/** What a server says of a file's content. */
export interface ContentMarks {
  readonly etag: string | undefined;
  /** As the server writes it. */
  readonly modified: string | undefined;
  readonly size: number | undefined;
}

/** What an answer says of the whole file, of which it may bring a part. */
export function marksOf({ headers, status }: WebAnswer): ContentMarks {
  return {
    etag: headers.etag,
    modified: headers["last-modified"],
    size: status === 206 ? rangeOf(headers["content-range"])?.size : sizeIn(headers["content-length"]),
  };
}

/**
 * A version made of these: the ETag, time and size, as far as they are there. A weak ETag counts with the others only: some
 * servers call it weak as long as the file is young, so that the same one is strong later.
 */
export function versionOf({ etag, modified, size }: ContentMarks): string | undefined {
  const isWeak = etag?.startsWith("W/") === true;
  if ((etag === undefined || isWeak) && (modified === undefined || size === undefined)) return undefined;
  return JSON.stringify([etag === undefined ? "" : opaque(etag), modified ?? "", size ?? -1]);
}

/** Whether what is there now can be that version: of all that both sides say, nothing may differ. */
export function isVersion(version: string, marks: ContentMarks): boolean {
  const [etag, modified, size] = JSON.parse(version) as readonly [string, string, number];
  if (etag !== "" && marks.etag !== undefined && opaque(marks.etag) !== etag) return false;
  if (modified !== "" && marks.modified !== undefined && marks.modified !== modified) return false;
  return size === -1 || marks.size === undefined || marks.size === size;
}

/** The header `Content-Range`: the first byte, the one after the last, and the size of the whole where it is known. */
export function rangeOf(
  header: string | undefined,
): { readonly start: number; readonly end: number; readonly size: number | undefined } | undefined {
  const [, first, last, size = "*"] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || Number(last) < Number(first)) return undefined;
  return { start: Number(first), end: Number(last) + 1, size: size === "*" ? undefined : Number(size) };
}

export function sizeIn(header: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(header ?? "") ? Number(header) : undefined;
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, "").replaceAll(/^"|"$/g, "");
}
