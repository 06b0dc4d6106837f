import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** What lies in a folder, by path with `/`. */
export type FolderContent = Map<
  string,
  { readonly kind: "folder" } | { readonly kind: "file"; readonly sha256: string; readonly mode: number }
>;

/** Reads a folder with everything below it; a link counts as what it leads to. The mode is 0755 or 0644. */
export async function readFolder(folder: string): Promise<FolderContent> {
  const content: FolderContent = new Map();
  for (const path of (await readdir(folder, { recursive: true })).toSorted()) {
    const state = await stat(join(folder, path));
    if (state.isDirectory()) content.set(path, { kind: "folder" });
    else {
      const sha256 = createHash("sha256")
        .update(await readFile(join(folder, path)))
        .digest("hex");
      content.set(path, { kind: "file", sha256, mode: (state.mode & 0o100) === 0 ? 0o644 : 0o755 });
    }
  }
  return content;
}
