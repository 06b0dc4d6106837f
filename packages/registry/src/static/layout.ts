import { isTagPart } from "@bento/core";
import { z } from "zod";
import { sha256Text } from "../wire/content.js";

/*
 * A registry as a folder that any web server or bucket can hold:
 *
 *   bento-registry.json         which versions there are; the one file that ever changes
 *   content/<digest>.json       what a version consists of: a VersionContent
 *   parts/<2 digits>/<digest>   the bytes
 */

/** Name of the file that lists the versions. */
export const indexName = "bento-registry.json";
/** What an endpoint begins with that is such a folder: `static+https://host/path`. */
export const staticScheme = "static+";
/** Whether an endpoint is a folder of files. */
export function isStatic(endpoint: string | undefined): endpoint is string {
  return endpoint?.startsWith(staticScheme) === true;
}

/** Bytes of an index at most: some hundred thousand versions. */
export const maxIndexBytes = 64 * 1024 * 1024;

/** A version in the index. */
const indexEntry = z.object({
  name: z.string().refine(isTagPart, "it is no name"),
  version: z.string().refine((text) => isTagPart(text) && text !== "latest", "it is no version"),
  /** Names its content. */
  digest: sha256Text,
  size_bytes: z.int().nonnegative(),
  labels: z.array(z.object({ key: z.string(), value: z.string() })),
  description: z.string(),
  manifest: z.record(z.string(), z.unknown()),
  /** When it was made, in UTC, as `YYYY-MM-DD HH:MM:SS.ffffff`: such times are in order as text. */
  build_at: z.string(),
});

/** All versions, in order of name and version. */
export const staticIndex = z.object({ format: z.literal(1), models: z.array(indexEntry), bentos: z.array(indexEntry) });

export type IndexEntry = z.infer<typeof indexEntry>;
export type StaticIndex = z.infer<typeof staticIndex>;

/** Where a part lies. @param sha256 64 digits, checked before: it becomes part of a path */
export function partPath(sha256: string): string {
  return `parts/${sha256.slice(0, 2)}/${sha256}`;
}

/** Where a version's content lies. */
export function contentPath(digest: string): string {
  return `content/${digest}.json`;
}

/** Newest first; of equal times, the later version first. */
export function byAge(a: IndexEntry, b: IndexEntry): number {
  const [older, newer] = [a.build_at + a.version, b.build_at + b.version];
  return older < newer ? 1 : older > newer ? -1 : 0;
}
