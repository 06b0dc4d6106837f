import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { onDisk } from "@bento/store/archives";

/** What names of files begin with that are not finished: servers show them, and no index names them. */
export const unfinishedPrefix = ".unfinished-";

/**
 * Writes a file that nobody sees before all of it is there and on the disk.
 * @param check told the digest before the file has its name; what it throws stops that
 * @throws BENTO_STORE_FAILED; what the pieces throw
 */
export async function writeWhole(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  check?: (sha256: string) => void,
): Promise<void> {
  const folder = dirname(path);
  const unfinished = `${folder}/${unfinishedPrefix}${randomBytes(8).toString("hex")}`;
  await onDisk("make the folder", folder, () => mkdir(folder, { recursive: true }));
  try {
    const file = await onDisk("write", path, () => open(unfinished, "wx", 0o644));
    try {
      const sha256 = await writeAll(file, path, pieces);
      check?.(sha256);
      await onDisk("write", path, () => file.sync());
    } finally {
      await file.close();
    }
    await onDisk("write", path, () => rename(unfinished, path));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function writeAll(file: FileHandle, path: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) {
    hash.update(piece);
    await onDisk("write", path, () => file.writeFile(piece));
  }
  return hash.digest("hex");
}
