import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MemoryContent } from "./memory-stored-model.js";
import { onDiskSync } from "./store-failure.js";

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

function makeFolder(): string {
  const base = join(tmpdir(), "bento-memory-");
  const folder = onDiskSync("make the folder", base, () => mkdtempSync(base));
  existing.add(folder);
  if (!watchesExit) {
    watchesExit = true;
    process.once("exit", () => existing.forEach(remove));
  }
  return folder;
}

function remove(folder: string): void {
  existing.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

function writeContent(folder: string, { files, folders }: MemoryContent): void {
  mkdirSync(folder, { recursive: true });
  for (const path of folders) mkdirSync(join(folder, path), { recursive: true });
  for (const [path, { bytes, executable }] of files) {
    writeFileSync(join(folder, path), bytes, { flag: "wx" });
    chmodSync(join(folder, path), executable ? 0o755 : 0o644);
  }
}
