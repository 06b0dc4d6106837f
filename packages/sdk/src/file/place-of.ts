import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { unreadable } from "./path-content.js";

/** The absolute path that is meant. @throws BENTO_FILE_UNREADABLE for a URL that is no file's */
export function placeOf(path: string | URL): string {
  if (typeof path === "string") return resolve(path);
  try {
    return fileURLToPath(path);
  } catch (error) {
    throw unreadable(String(path), error);
  }
}
