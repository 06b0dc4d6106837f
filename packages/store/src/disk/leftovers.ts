import { BentoError, Tag } from "@bento/core";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { VersionedTag } from "../store/stored-item.js";
import { advanceLatest, recomputeLatest, retreatLatest } from "./latest.js";
import { nameFolder, type StoreLayout } from "./layout.js";
import { isFolderAt } from "./name-folder.js";
import { isRunning } from "./process-identity.js";
import { isErrno } from "./store-failure.js";
import { swapState, undoSwap } from "./swap.js";
import { removeTree } from "./remove-tree.js";
import { parseLabel, Workspace, type WorkspaceLabel } from "./workspace.js";

/** A workspace whose owner cannot be asked (another machine or container) is taken for dead after this time without renewal. */
const silenceMs = 24 * 3_600_000;
/** The same for one between the two renames of a replacement, which a living owner leaves at once. */
const swapMs = 5000;
/** How long a reader waits for the second rename of a living owner, and how long at a time. */
const patienceMs = 1000;
const waitMs = 1;

/** A workspace found on disk. */
interface FoundWorkspace extends WorkspaceLabel {
  readonly path: string;
}

/** All workspaces of a store, living and dead. */
function findWorkspaces(layout: StoreLayout): FoundWorkspace[] {
  return layout.staging.flatMap((staging) =>
    namesIn(staging).flatMap((folder) => {
      const label = parseLabel(folder);
      return label?.kind === layout.kind.label ? [{ ...label, path: join(staging, folder) }] : [];
    }),
  );
}

/** Whether a workspace other than `own` is at work on a name. */
export function hasRival(layout: StoreLayout, own: Workspace, name: string): boolean {
  return findWorkspaces(layout).some((found) => found.name === name && found.path !== own.path);
}

/** The time in which a change to a folder may not yet show in its modification time. */
const clockMs = 2000;

/** What dead processes left in a store: finds it, finishes it, removes it. */
export class Leftovers {
  readonly #layout: StoreLayout;
  readonly #settled = new Set<string>();
  #quietSince: string | undefined;

  constructor(layout: StoreLayout) {
    this.#layout = layout;
  }

  /**
   * Finishes what dead owners began: where one died between making a version visible (or removing it) and writing
   * `latest`, that is done now; where one died in the middle of replacing a version, the old one comes back. Costs one
   * look at the staging folders when nothing is there. A store that cannot be written is left as it is.
   */
  settle(): void {
    const state = this.#stateOfStaging();
    if (state !== undefined && state === this.#quietSince) return;
    const found = findWorkspaces(this.#layout);
    for (const workspace of found) if (!this.#settled.has(workspace.path) && this.#isDead(workspace)) this.#settleOne(workspace);
    this.#quietSince = found.length === 0 ? state : undefined;
  }

  /** {@link Leftovers.settle}, and then removes the leftovers, best effort; never the only copy of a version. */
  async sweep(): Promise<void> {
    this.settle();
    for (const workspace of findWorkspaces(this.#layout)) {
      if (!this.#isDead(workspace) || !this.#undoSwap(workspace)) continue;
      await removeTree(workspace.path);
      this.#settled.delete(workspace.path);
    }
  }

  /**
   * Waits, without letting the event loop go on, until no version of a name is on its way from an old to a new content:
   * what was missing a moment ago may be there now. Not longer than a second.
   */
  awaitSwap(name: string): void {
    const isSwapping = (): boolean =>
      findWorkspaces(this.#layout).some((found) => found.name === name && swapState(this.#layout, found.path) === "between");
    const end = performance.now() + patienceMs;
    while (isSwapping() && performance.now() < end) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMs);
  }

  #settleOne(found: FoundWorkspace): void {
    const { path, name, version } = found;
    this.#settled.add(path);
    if (name === undefined) return;
    try {
      const isReplacement = swapState(this.#layout, path) !== "none";
      if (!this.#undoSwap(found)) this.#settled.delete(path);
      const folder = nameFolder(this.#layout, name);
      if (!isFolderAt(folder)) return;
      const workspace = Workspace.open(this.#layout, new Tag(name));
      try {
        if (isReplacement) recomputeLatest(this.#layout, workspace, name);
        else if (version !== undefined && isFolderAt(join(folder, version))) {
          advanceLatest(this.#layout, workspace, name, version, (rival) => hasRival(this.#layout, workspace, rival));
        } else retreatLatest(this.#layout, workspace, name);
      } finally {
        workspace.removeEmpty();
      }
    } catch (error) {
      if (!isErrno(error) && !BentoError.is(error, "BENTO_STORE_FAILED")) throw error;
    }
  }

  #undoSwap({ path, name, version }: FoundWorkspace): boolean {
    if (name === undefined || version === undefined) return true;
    return undoSwap(this.#layout, path, new Tag(name, version) as VersionedTag);
  }

  #isDead({ owner, path }: FoundWorkspace): boolean {
    const runs = isRunning(owner);
    if (runs !== undefined) return !runs;
    const silence = Date.now() - modificationOf(path);
    return silence > (swapState(this.#layout, path) === "between" ? swapMs : silenceMs);
  }

  /** A text that changes whenever a workspace comes or goes; `undefined` while that cannot be relied on. */
  #stateOfStaging(): string | undefined {
    const times = this.#layout.staging.map(modificationOf);
    return times.some((time) => Date.now() - time < clockMs) ? undefined : times.join();
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** When something was changed in a folder, in milliseconds; 0 if there is none. */
function modificationOf(folder: string): number {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  } catch {
    return 0;
  }
}
