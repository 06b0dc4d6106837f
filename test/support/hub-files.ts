import { createHash } from "node:crypto";

/** A file of a model, as a test gives it. */
export interface HubContent {
  readonly content: string | Uint8Array;
  /** Whether the hub keeps it as a large file: in another place, named by its SHA-256. */
  readonly lfs?: boolean;
}

/** A file as the hub knows it. */
export interface KnownFile {
  readonly bytes: Buffer;
  /** Git's hash: of large files that of their pointer. */
  readonly oid: string;
  readonly sha256: string | undefined;
  readonly pointerSize: number;
}

/** The state of a model that a commit names. */
export interface HubCommit {
  readonly id: string;
  readonly files: ReadonlyMap<string, KnownFile>;
}

/** A commit of these files, named by what they are. */
export function hubCommit(files: Readonly<Record<string, string | HubContent>>): HubCommit {
  const known = new Map(
    Object.entries(files).map(([path, file]) => [path, knownFile(typeof file === "string" ? { content: file } : file)]),
  );
  const text = [...known].map(([path, { oid }]) => `${path} ${oid}`).join("\n");
  return { id: createHash("sha1").update(text).digest("hex"), files: known };
}

function knownFile({ content, lfs = false }: HubContent): KnownFile {
  const bytes = Buffer.from(content as Uint8Array);
  if (!lfs) return { bytes, oid: gitHash(bytes), sha256: undefined, pointerSize: 0 };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const pointer = Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${bytes.length}\n`);
  return { bytes, oid: gitHash(pointer), sha256, pointerSize: pointer.length };
}

/** The name that git gives a file's content. */
export function gitHash(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
