import { BentoError, type Tag } from "@bento/core";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readSmallFile } from "../disk/read-small-file.js";
import { isErrno } from "../disk/store-failure.js";
import { type ArchiveFormat, archiveFormats } from "./format.js";

/**
 * The layout of a backup: `<folder>/<name>/<version>.<format>`, one archive for each model, and this file, which says
 * what is whole: a JSON object on each line, added when its archive is in place and on the disk. The newest line of a
 * tag counts. A line cut off by a crash is no line.
 */
export const backupIndexName = "backup.jsonl";

/** An index is read whole: more than a hundred thousand models. Bytes. */
const maxBytes = 32 * 2 ** 20;
/** No line is longer, as a tag has two parts of 63 characters at most. */
const maxLineLength = 4096;

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

/** Where the archive of a model lies in a backup. */
export function backupFile({ name, version }: Tag, format: ArchiveFormat): string {
  return `${name}/${version}.${format}`;
}

/** The tag of the model whose archive lies there, as {@link backupFile} lays it out; `undefined` for other places. */
export function tagOfFile(file: string): string | undefined {
  const [, name, version, format] = /^([^/]+)\/([^/]+)\.([^./]+)$/.exec(file) ?? [];
  return format !== undefined && Object.hasOwn(archiveFormats, format) ? `${name}:${version}` : undefined;
}

/**
 * What a backup holds, by tag; empty where there is no index.
 * @throws BENTO_TRANSFER_FAILED for something else in its place; what the disk says, but for a file that is not there
 */
export async function readBackupIndex(folder: string): Promise<ReadonlyMap<string, BackedUpModel>> {
  return new Map(linesOf(folder).map((entry) => [entry.tag, entry]));
}

/** The index of a backup that is being written. */
export class BackupIndex {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Opens the index of a folder; drops lines that count no more, or that a crash cut off.
   * @param without files that are about to be written anew
   */
  static async open(folder: string, without: ReadonlySet<string>): Promise<BackupIndex> {
    const path = join(folder, backupIndexName);
    const entries = [...(await readBackupIndex(folder)).values()].filter(({ file }) => !without.has(file));
    const draft = `${path}.partial`;
    try {
      await rm(draft, { force: true });
      // Never through a link that somebody put there.
      const file = await open(draft, "wx");
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

function linesOf(folder: string): BackedUpModel[] {
  const path = join(folder, backupIndexName);
  let text;
  try {
    text = readSmallFile(path, maxBytes).toString("utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    if (!isErrno(error, "EISDIR", "EINVAL", "EFBIG")) throw error;
    throw new BentoError("BENTO_TRANSFER_FAILED", `${JSON.stringify(path)} is no index of a backup: ${error.message}.`, {
      hint: "Look at where it comes from, and move it away.",
      cause: error,
    });
  }
  return text.split("\n").flatMap((line) => (line.length > maxLineLength ? [] : (entryOf(line) ?? [])));
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
