import { randomBytes } from "node:crypto";
import { readdir, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isOwn, isRunning, ownIdentity, type ProcessIdentity } from "../disk/process-identity.js";

/** How often a living process renews the time of its partials, for those who cannot see the process. Milliseconds. */
const renewalMs = 3_600_000;
/** A partial whose owner cannot be asked (another machine or container) is taken for dead after this time without renewal. */
const silenceMs = 24 * renewalMs;
/** Characters of the target's name that a partial's name repeats, for people: both must fit into 255 bytes. */
const shownCharacters = 36;

/**
 * A file or folder in the making, hidden beside the target that it will be renamed to. Its name says whose it is, so
 * that what a dead process left can be told from what a living one writes.
 */
export class StagedTarget implements AsyncDisposable {
  readonly path: string;
  readonly #renewal: NodeJS.Timeout;

  /** Chooses the place; whoever writes makes the file or folder there, and nothing else may be there yet. */
  constructor(target: string) {
    this.path = join(dirname(target), partialName(basename(target)));
    this.#renewal = setInterval(() => void utimes(this.path, new Date(), new Date()).catch(() => {}), renewalMs).unref();
  }

  /** Removes what is still there, best effort. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewal);
    await remove(this.path);
  }
}

/** Removes the partials that dead processes of this user left in a folder, best effort. */
export async function removeStalePartials(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const owner = ownerOf(name);
    if (owner === undefined) continue;
    const path = join(folder, name);
    if (isOwn(path) && !(isRunning(owner) ?? (await isRenewed(path)))) await remove(path);
  }
}

function partialName(name: string): string {
  const { place, pid, start } = ownIdentity();
  const shown = Array.from(name).slice(0, shownCharacters).join("");
  return `.${shown}.bento+${place}+${pid}+${start}+${randomBytes(6).toString("hex")}.partial`;
}

function ownerOf(name: string): ProcessIdentity | undefined {
  const [, place, pid, start] = /^\..*\.bento\+([0-9a-f]{12})\+(\d+)\+(\d+)\+[0-9a-f]{12}\.partial$/s.exec(name) ?? [];
  return place === undefined ? undefined : { place, pid: Number(pid), start: start as string };
}

async function isRenewed(path: string): Promise<boolean> {
  const state = await stat(path).catch(() => undefined);
  return state !== undefined && Date.now() - state.mtimeMs < silenceMs;
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 2 }).catch(() => {});
}
