import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { isCommit } from "./model-id.js";

/**
 * The folder of one model in the cache that Python's `huggingface_hub`, `@huggingface/hub` and we share.
 *
 * `blobs` holds each content once, under its digest; `snapshots/<commit>` links to them under the names of the files;
 * `refs/<revision>` says which commit a branch meant when somebody last asked; `trees/<commit>.json` lists the files.
 */
export class CacheFolder {
  /** Absolute. */
  readonly path: string;
  readonly #locks: string;
  readonly #hasLinks: boolean;

  constructor(cache: string, modelId: string, hasLinks: boolean) {
    const name = ["models", ...modelId.split("/")].join("--");
    this.path = join(cache, name);
    this.#locks = join(cache, ".locks", name);
    this.#hasLinks = hasLinks;
  }

  blob(digest: string): string {
    return join(this.path, "blobs", digest);
  }

  snapshot(commit: string): string {
    return join(this.path, "snapshots", commit);
  }

  tree(commit: string): string {
    return join(this.path, "trees", `${commit}.json`);
  }

  /** What `huggingface_hub` locks while it downloads a blob; we lock a commit in the same way. */
  lock(name: string): string {
    return join(this.#locks, `${name}.lock`);
  }

  /** The commit that a branch or tag meant when somebody last asked. */
  async readRef(revision: string): Promise<string | undefined> {
    const text = await readFile(this.#ref(revision), "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  async writeRef(revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.readRef(revision)) === commit) return;
    await writeWhole(this.#ref(revision), commit);
  }

  /** Whether a snapshot has a file of this size. */
  async has(commit: string, path: string, size: number): Promise<boolean> {
    return (await sizeOf(join(this.snapshot(commit), path))) === size;
  }

  /** Puts a blob into a snapshot, in place of what has that name there. */
  async link(commit: string, path: string, digest: string): Promise<void> {
    const place = join(this.snapshot(commit), path);
    const beside = besides(place);
    await mkdir(dirname(place), { recursive: true });
    try {
      await this.#linkOrCopy(this.blob(digest), beside, relative(dirname(place), this.blob(digest)));
      await rename(beside, place);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  async #linkOrCopy(blob: string, place: string, target: string): Promise<void> {
    if (!this.#hasLinks) return copyFile(blob, place);
    try {
      await symlink(target, place);
    } catch (error) {
      // Windows lets only some users link, and some disks know no links.
      if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      await copyFile(blob, place);
    }
  }

  #ref(revision: string): string {
    return join(this.path, "refs", ...revision.split("/"));
  }
}

/** Bytes of a file, links followed; `undefined` where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

/** Writes a small file so that whoever reads it meanwhile sees all of it or what was there before. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = besides(path);
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

function besides(path: string): string {
  return `${path}.${randomBytes(4).toString("hex")}.tmp`;
}
