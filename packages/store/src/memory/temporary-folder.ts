import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MemoryContent } from "./memory-stored-model.js";
import { makeFolders } from "../disk/make-folders.js";
import { entriesOf } from "../disk/name-folder.js";
import { isOwn, isRunning, ownIdentity } from "../disk/process-identity.js";
import { onDiskSync } from "../disk/store-failure.js";
import { modelKind } from "../model/model-kind.js";
import { formatLabel, parseLabel } from "../disk/workspace.js";

/** Folders that exist now, of all stores of this process: removed when it exits, if nobody did before. */
const existing = new Set<string>();
let watchesExit = false;

/** A temporary folder for the contents of models, made when the first one is written. */
export class TemporaryFolder implements Disposable {
  #top: string | undefined;
  readonly #written = new Map<string, string>();

  /**
   * Writes a model's content below the folder, once for each name, and answers where it is.
   * @throws BENTO_STORE_FAILED
   */
  write(name: string, content: MemoryContent): string {
    const known = this.#written.get(name);
    if (known !== undefined) return known;
    this.#top ??= makeFolder();
    const folder = join(this.#top, name);
    onDiskSync("write", folder, () => writeContent(folder, content));
    this.#written.set(name, folder);
    return folder;
  }

  [Symbol.dispose](): void {
    if (this.#top !== undefined) remove(this.#top);
    this.#top = undefined;
    this.#written.clear();
  }
}

/** Stands in the name of the folder where a workspace has the model's name. */
const purpose = "memory";

function makeFolder(): string {
  const base = tmpdir();
  removeAbandoned(base);
  const folder = join(base, formatLabel({ kind: modelKind.label, owner: ownIdentity(), name: purpose, version: undefined }));
  onDiskSync("make the folder", folder, () => mkdirSync(folder, { mode: 0o700 }));
  existing.add(folder);
  if (!watchesExit) {
    watchesExit = true;
    process.once("exit", () => existing.forEach(remove));
  }
  return folder;
}

/** Removes the folders of processes that were killed, and so could not do it themselves. Best effort: some may be other users'. */
function removeAbandoned(base: string): void {
  for (const { name } of entriesOf(base)) {
    const label = parseLabel(name);
    if (label?.kind !== modelKind.label || label.name !== purpose || isRunning(label.owner) !== false) continue;
    if (!isOwn(join(base, name))) continue;
    try {
      remove(join(base, name));
    } catch {
      // Not ours to remove.
    }
  }
}

function remove(folder: string): void {
  existing.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

function writeContent(folder: string, { files, folders }: MemoryContent): void {
  makeFolders(folder);
  for (const path of folders) makeFolders(join(folder, path));
  for (const [path, { bytes, executable }] of files) {
    writeFileSync(join(folder, path), bytes, { flag: "wx" });
    chmodSync(join(folder, path), executable ? 0o755 : 0o644);
  }
}
