import { createHash } from "node:crypto";

/** What the hub says of a file's content, which is its name in the cache as well. */
export interface BlobName {
  /** SHA-256 of the content for files of LFS, else the SHA-1 of git's blob. Lower-case hex. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** A hash of content as it comes; its digest is to be compared with the name. */
export interface BlobHash {
  update(bytes: Uint8Array): void;
  digest(): string;
}

/** The kind of hash that a name is. */
export function blobHash({ digest, size }: BlobName): BlobHash {
  const hash = digest.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest("hex"),
  };
}
