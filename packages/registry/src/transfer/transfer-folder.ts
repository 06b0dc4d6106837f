import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { isErrno, isRunning, onDisk, ownIdentity, removeTree } from "@bento/store/archives";
import { Journal } from "./journal.js";

/** How long what was begun is kept for whoever goes on with it. */
const keptMs = 7 * 24 * 3_600_000;
/** After which silence one whose process cannot be asked (another machine or container) is taken for dead. */
const silenceMs = 24 * 3_600_000;
const renewalMs = 3_600_000;
const journalName = "journal.jsonl";

/**
 * Where a transfer keeps what it would need to go on: its journal, and the parts that landed.
 *
 * Only one process has it at a time, and its name says which: to take one over that a dead process left is one rename.
 * What nobody went on with for seven days is removed by the next transfer.
 */
export class TransferFolder implements AsyncDisposable {
  readonly path: string;
  readonly journal: Journal;
  readonly #unowned: string;
  readonly #renewal: NodeJS.Timeout;
  #isDone = false;
  #closing: Promise<void> | undefined;

  private constructor(path: string, unowned: string, journal: Journal) {
    this.path = path;
    this.journal = journal;
    this.#unowned = unowned;
    this.#renewal = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), renewalMs).unref();
  }

  /**
   * Opens the folder of a transfer, that of an earlier try if there is one that nobody works in.
   * @param root the folder of all transfers; made if it is not there
   * @param what whatever tells this transfer from all others
   * @throws BENTO_STORE_FAILED
   */
  static async open(root: string, what: readonly string[]): Promise<TransferFolder> {
    const key = keyOf(what);
    const { place, pid, start } = ownIdentity();
    const unowned = join(root, key);
    const path = `${unowned}+${place}+${pid}+${start}+${randomBytes(4).toString("hex")}`;
    await onDisk("make the folder", root, () => mkdir(root, { recursive: true, mode: 0o700 }));
    await removeStale(root);
    if (!(await takeOver(root, key, path))) await onDisk("make the folder", path, () => mkdir(path, { mode: 0o700 }));
    return new TransferFolder(path, unowned, await Journal.open(join(path, journalName)));
  }

  /** Removes what a dead process left of a transfer that turns out to be through. */
  static async forget(root: string, what: readonly string[]): Promise<void> {
    for (const found of await abandoned(root, keyOf(what)).catch(noneWhereNothingIs)) await removeTree(found);
  }

  /** The transfer is through: nothing of it is needed any more. */
  async done(): Promise<void> {
    this.#isDone = true;
    await this[Symbol.asyncDispose]();
  }

  /** Lets go of the folder. Unless the transfer is through, it stays for the next try. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#renewal);
    await this.journal[Symbol.asyncDispose]();
    if (this.#isDone) return removeTree(this.path);
    // Another one has been let go of already: one of them is enough.
    await rename(this.path, this.#unowned).catch(() => removeTree(this.path));
  }
}

function keyOf(what: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(what)).digest("hex").slice(0, 32);
}

/** Takes the folder of a transfer that nobody works in. Of several that try it at once, one succeeds. */
async function takeOver(root: string, key: string, path: string): Promise<boolean> {
  for (const found of await abandoned(root, key)) {
    try {
      await rename(found, path);
      return true;
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
  return false;
}

/** The folders of a transfer that nobody works in. */
async function abandoned(root: string, key: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(root)) {
    const isOfIt = name === key || name.startsWith(`${key}+`);
    if (isOfIt && !(await isHeld(join(root, name), name))) found.push(join(root, name));
  }
  return found;
}

function noneWhereNothingIs(error: unknown): readonly string[] {
  if (isErrno(error, "ENOENT")) return [];
  throw error;
}

async function removeStale(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const found = join(root, name);
    if ((await silenceOf(found)) > keptMs && !(await isHeld(found, name))) await removeTree(found);
  }
}

async function isHeld(path: string, name: string): Promise<boolean> {
  const [, place, pid, start] = name.split("+");
  if (place === undefined || start === undefined) return false;
  return isRunning({ place, pid: Number(pid), start }) ?? (await silenceOf(path)) < silenceMs;
}

/** How long ago something was last done in a folder. Milliseconds. */
async function silenceOf(path: string): Promise<number> {
  const times = await Promise.all(
    [path, join(path, journalName)].map((each) =>
      stat(each).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  const last = Math.max(...times);
  // Somebody took it, or removed it, a moment ago.
  return last === 0 ? 0 : Date.now() - last;
}
