import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { z } from "zod";
import { sha256Text } from "../wire/content.js";

/** What is read at once. Bytes. */
const pieceBytes = 1024 * 1024;

const archiveIdentity = z.object({
  /** A strong validator: of the same one all bytes are the same. */
  etag: z.string(),
  /** Bytes. */
  total: z.int().positive(),
  /** The SHA-256 that came with the archive, where one did. */
  digest: sha256Text.optional(),
});
const note = z.object({ bytes: z.int().positive(), sha256: sha256Text });

/** What tells an archive from all that the same tag may name later. */
export type ArchiveIdentity = z.infer<typeof archiveIdentity>;

/** The beginning of an archive, which an earlier process has got. */
export interface ArchiveBeginning {
  readonly identity: ArchiveIdentity;
  readonly bytes: number;
  /** Of these bytes; goes on with what follows. */
  readonly hash: Hash;
}

/** As much of a file as has the digest that was noted. @param lines what was noted of it */
export async function beginningIn(path: string, lines: readonly unknown[]): Promise<ArchiveBeginning | undefined> {
  const last = lines.findLastIndex((line) => archiveIdentity.safeParse(line).success);
  const identity = archiveIdentity.safeParse(lines[last]).data;
  if (identity === undefined) return undefined;
  const notes = lines.slice(last + 1).flatMap((line) => note.safeParse(line).data ?? []);
  const hash = createHash("sha256");
  let found: ArchiveBeginning | undefined;
  let start = 0;
  // The last byte always comes anew: with it the registry says whether it still has the same.
  for (const { bytes, sha256 } of notes.filter(({ bytes: upTo }) => upTo < identity.total)) {
    if (bytes < start) continue;
    if (!(await digestInto(hash, path, { start, end: bytes }))) break;
    start = bytes;
    // What was wrong may have come anew since, and been noted again.
    if (hash.copy().digest("hex") === sha256) found = { identity, bytes, hash: hash.copy() };
  }
  return found;
}

/** @returns whether there are so many bytes */
async function digestInto(hash: Hash, path: string, { start, end }: { readonly start: number; readonly end: number }): Promise<boolean> {
  let missing = end - start;
  if (missing === 0) return true;
  try {
    for await (const chunk of createReadStream(path, { start, end: end - 1, highWaterMark: pieceBytes })) {
      hash.update(chunk as Uint8Array);
      missing -= (chunk as Uint8Array).length;
    }
  } catch {
    return false;
  }
  return missing === 0;
}
