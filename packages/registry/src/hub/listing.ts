import { readFile } from "node:fs/promises";
import type { BlobName } from "./blob-hash.js";
import { type CacheFolder, writeWhole } from "./cache-folder.js";
import { checkFileNames } from "./file-names.js";
import type { HubConnection } from "./hub-connection.js";
import { strangeAnswer } from "./hub-failures.js";
import { isCommit } from "./model-id.js";

/** A file of a model at one commit. */
export interface HubFile extends BlobName {
  /** From the top of the repository, `/` between its parts; checked. */
  readonly path: string;
  /** Git's name of the content; of files of LFS it is that of the pointer. */
  readonly oid: string;
  /** The name under which the hub's newer storage has it, where it has. */
  readonly xetHash: string | undefined;
}

/** What our side reads of an entry of the hub's list, and of one of the cache; nothing of it is believed. */
interface Entry {
  readonly path: string;
  readonly size?: unknown;
  readonly oid?: unknown;
  readonly lfs?: { readonly oid?: unknown; readonly size?: unknown } | undefined;
  readonly xetHash?: unknown;
}

/** The commit that a revision means now, which the hub is asked for. */
export async function commitOf(connection: HubConnection): Promise<string> {
  const { modelInfo } = await import("@huggingface/hub");
  const { endpoint: hubUrl, modelId: name, revision } = connection.target;
  const { sha } = await readable(connection, () =>
    modelInfo({ name, revision, hubUrl, additionalFields: ["sha"], fetch: connection.asFetch() }),
  );
  if (typeof sha !== "string" || !isCommit(sha)) throw strangeAnswer(connection.target, "did not say which commit that is");
  return sha;
}

/** All files of a commit, which the hub is asked for. */
export async function filesOf(connection: HubConnection, commit: string): Promise<readonly HubFile[]> {
  const { listFiles } = await import("@huggingface/hub");
  const { endpoint: hubUrl, modelId: name } = connection.target;
  const files: HubFile[] = [];
  await readable(connection, async () => {
    const repo = { type: "model", name } as const;
    for await (const entry of listFiles({ repo, revision: commit, recursive: true, hubUrl, fetch: connection.asFetch() })) {
      if (entry.type !== "file") continue;
      const file = fileOf(entry);
      if (file === undefined) throw strangeAnswer(connection.target, `lists ${JSON.stringify(entry.path)} without its size and hash`);
      files.push(file);
    }
  });
  checkFileNames(files, connection.target);
  return files;
}

/** The library reads what it was given without a look: JSON of another kind ends in errors of the language. */
async function readable<T>(connection: HubConnection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      throw Object.assign(strangeAnswer(connection.target, "gave an answer that is none of a hub"), { cause: error });
    }
    throw error;
  }
}

/** The files of a commit as `huggingface_hub` 2 and we keep them; `undefined` where nobody has, or in a form that is not known. */
export async function readListing(folder: CacheFolder, commit: string): Promise<readonly HubFile[] | undefined> {
  try {
    const { format_version: version, files } = JSON.parse(await readFile(folder.tree(commit), "utf8")) as {
      readonly format_version: unknown;
      readonly files: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    if (version !== 1) return undefined;
    const known = Object.entries(files).map(([path, entry]) => {
      const lfs = entry["lfs_sha256"] === undefined ? undefined : { oid: entry["lfs_sha256"], size: entry["lfs_size"] };
      return fileOf({ path, size: entry["size"], oid: entry["blob_id"], lfs, xetHash: entry["xet_hash"] });
    });
    const whole = known.filter((file) => file !== undefined);
    if (whole.length !== known.length) return undefined;
    checkFileNames(whole, { endpoint: folder.path, modelId: "", revision: commit });
    return whole;
  } catch {
    return undefined;
  }
}

/** Keeps the files of a commit, so that whoever is offline can tell whether they are all there. */
export async function writeListing(folder: CacheFolder, commit: string, files: readonly HubFile[]): Promise<void> {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const entries = sorted.map(({ path, size, oid, digest, xetHash }) => [
    path,
    {
      size,
      blob_id: oid,
      ...(digest === oid ? {} : { lfs_sha256: digest, lfs_size: size }),
      ...(xetHash === undefined ? {} : { xet_hash: xetHash }),
    },
  ]);
  await writeWhole(folder.tree(commit), JSON.stringify({ format_version: 1, files: Object.fromEntries(entries) as object }, undefined, 1));
}

function fileOf({ path, size, oid, lfs, xetHash }: Entry): HubFile | undefined {
  const bytes = lfs?.size ?? size;
  if (typeof path !== "string" || typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) return undefined;
  if (typeof oid !== "string" || !isCommit(oid)) return undefined;
  const digest = lfs === undefined ? oid : lfs.oid;
  if (typeof digest !== "string" || (lfs !== undefined && !isSha256(digest))) return undefined;
  return { path, size: bytes, digest, oid, xetHash: typeof xetHash === "string" && isSha256(xetHash) ? xetHash : undefined };
}

function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
