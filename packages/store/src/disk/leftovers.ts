import { BentoError, Tag } from "@bento/core";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { advanceLatest, retreatLatest } from "./latest.js";
import { nameFolder, type StoreLayout } from "./layout.js";
import { isFolderAt } from "./name-folder.js";
import { isRunning } from "./process-identity.js";
import { isErrno } from "./store-failure.js";
import { parseLabel, removeTree, Workspace, type WorkspaceLabel } from "./workspace.js";

/** A workspace whose owner cannot be asked (another machine or container) is taken for dead after this time without renewal. */
const silenceMs = 24 * 3_600_000;

/** A workspace found on disk. */
export interface FoundWorkspace extends WorkspaceLabel {
  readonly path: string;
}

/** All workspaces of a store, living and dead. */
function findWorkspaces(layout: StoreLayout): FoundWorkspace[] {
  return layout.staging.flatMap((staging) =>
    namesIn(staging).flatMap((folder) => {
      const label = parseLabel(folder);
      return label === undefined ? [] : [{ ...label, path: join(staging, folder) }];
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
   * `latest`, that is done now. Costs one look at the staging folders when nothing is there. A store that cannot be
   * written is left as it is.
   */
  settle(): void {
    const state = this.#stateOfStaging();
    if (state !== undefined && state === this.#quietSince) return;
    const found = findWorkspaces(this.#layout);
    for (const workspace of found) if (!this.#settled.has(workspace.path) && isDead(workspace)) this.#settleOne(workspace);
    this.#quietSince = found.length === 0 ? state : undefined;
  }

  /** {@link Leftovers.settle}, and then removes the leftovers, best effort. */
  async sweep(): Promise<void> {
    this.settle();
    for (const { path } of findWorkspaces(this.#layout).filter(isDead)) {
      await removeTree(path);
      this.#settled.delete(path);
    }
  }

  #settleOne({ path, name, version }: FoundWorkspace): void {
    this.#settled.add(path);
    const folder = nameFolder(this.#layout, name);
    if (!isFolderAt(folder)) return;
    try {
      const workspace = Workspace.open(this.#layout, new Tag(name));
      try {
        if (version !== undefined && isFolderAt(join(folder, version))) {
          advanceLatest(this.#layout, workspace, name, version, (rival) => hasRival(this.#layout, workspace, rival));
        } else retreatLatest(this.#layout, workspace, name);
      } finally {
        workspace.removeEmpty();
      }
    } catch (error) {
      if (!isErrno(error) && !BentoError.is(error, "BENTO_STORE_FAILED")) throw error;
    }
  }

  /** A text that changes whenever a workspace comes or goes; `undefined` while that cannot be relied on. */
  #stateOfStaging(): string | undefined {
    const times = this.#layout.staging.map(modificationOf);
    return times.some((time) => Date.now() - time < clockMs) ? undefined : times.join();
  }
}

function isDead({ owner, path }: FoundWorkspace): boolean {
  return !(isRunning(owner) ?? isRenewed(path));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isRenewed(path: string): boolean {
  return Date.now() - modificationOf(path) < silenceMs;
}

/** When something was changed in a folder, in milliseconds; 0 if there is none. */
function modificationOf(folder: string): number {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  } catch {
    return 0;
  }
}
