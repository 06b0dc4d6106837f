import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../disk/store-failure.js";

/**
 * The layout of a backup: `<folder>/<name>/<version>.<format>`, one archive for each model, and this file, which says
 * what is whole: a JSON object on each line, added when its archive is in place and on the disk. The newest line of a
 * tag counts. A line cut off by a crash is no line.
 */
export const backupIndexName = "backup.jsonl";

/** One archive of a backup. */
export interface BackedUpModel {
  /** `name:version` */
  readonly tag: string;
  /** Path of the archive below the folder, `/` between its parts. */
  readonly file: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** Of the archive, lower-case hex. */
  readonly sha256: string;
  /** SHA-256 of the model's `model.yaml`: a model made anew under the same tag has another. */
  readonly modelYaml: string;
}

/**
 * What a backup holds, by tag; empty where there is no index.
 * @throws what the disk says, but for a file that is not there
 */
export async function readBackupIndex(folder: string): Promise<ReadonlyMap<string, BackedUpModel>> {
  return new Map((await linesOf(folder)).map((entry) => [entry.tag, entry]));
}

/** The index of a backup that is being written. */
export class BackupIndex {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Opens the index of a folder; drops lines that count no more, or that a crash cut off.
   * @param without tags that are about to be written anew
   */
  static async open(folder: string, without: ReadonlySet<string>): Promise<BackupIndex> {
    const path = join(folder, backupIndexName);
    const entries = [...(await readBackupIndex(folder)).values()].filter(({ tag }) => !without.has(tag));
    const draft = `${path}.partial`;
    try {
      const file = await open(draft, "w");
      try {
        await file.writeFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    return new BackupIndex(path);
  }

  /** Adds a line; it is on the disk when this returns. */
  async add(entry: BackedUpModel): Promise<void> {
    const file = await open(this.#path, "a");
    try {
      await file.writeFile(`${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

async function linesOf(folder: string): Promise<BackedUpModel[]> {
  let text;
  try {
    text = await readFile(join(folder, backupIndexName), "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => entryOf(line) ?? []);
}

function entryOf(line: string): BackedUpModel | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { tag, file, size, sha256, modelYaml } = value as Record<keyof BackedUpModel, unknown>;
  if (typeof tag !== "string" || typeof file !== "string" || typeof size !== "number") return undefined;
  if (typeof sha256 !== "string" || typeof modelYaml !== "string") return undefined;
  return { tag, file, size, sha256, modelYaml };
}
