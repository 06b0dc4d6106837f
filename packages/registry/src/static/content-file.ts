import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ContentDocument, contentDigestText, versionContent } from "../wire/content.js";
import { contentPath } from "./layout.js";

/** What names a content. */
export function digestOf(content: ContentDocument): string {
  return createHash("sha256").update(contentDigestText(content)).digest("hex");
}

/** A content that a folder has; `undefined` for one that is not there, or not what its name says. */
export async function readContent(out: string, digest: string): Promise<ContentDocument | undefined> {
  const text = await readFile(join(out, contentPath(digest)), "utf8").catch(() => undefined);
  const parsed = text === undefined ? undefined : versionContent.safeParse(jsonOf(text));
  if (parsed?.success !== true || parsed.data.digest !== digest || digestOf(parsed.data.content) !== digest) return undefined;
  return parsed.data.content;
}

/** What a text says in JSON; `undefined` where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
