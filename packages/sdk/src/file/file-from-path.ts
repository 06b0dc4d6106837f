import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { BentoError, BentoFile, type FileOptions } from "@bento/core";
import { PathContent, unreadable } from "./path-content.js";
import { placeOf } from "./place-of.js";

/**
 * A file on this machine's disk as a {@link BentoFile}, to return from an endpoint or send with a client. It is looked at
 * for its size, and read when somebody reads it: streams open it at their first pull and close it at its end or when they
 * are cancelled. Name and type are the path's, unless they are given.
 *
 * ```ts
 * return await fileFromPath(join(this.folder, "report.pdf"));
 * ```
 * @throws BENTO_FILE_UNREADABLE when there is no such file, or something else lies there
 */
export async function fileFromPath(path: string | URL, options: FileOptions = {}): Promise<BentoFile> {
  const place = placeOf(path);
  const found = await stat(place).catch((error: unknown) => {
    throw unreadable(place, error);
  });
  if (!found.isFile()) {
    throw new BentoError("BENTO_FILE_UNREADABLE", `${JSON.stringify(place)} is no file.`, {
      hint: "Give the path of a regular file; folders, devices and pipes have no size and no end.",
    });
  }
  return new BentoFile(new PathContent(place, found.size), { name: options.name ?? basename(place), type: options.type });
}
