import { isTagPart, type Tag } from "@bento/core";
import { mkdirSync, renameSync, rmdirSync, statSync, utimes } from "node:fs";
import { dirname, join } from "node:path";
import { rareBuiltins } from "../rare-builtins.js";
import type { StoreLayout } from "./layout.js";
import { makeFolders } from "./make-folders.js";
import { ownIdentity, type ProcessIdentity } from "./process-identity.js";
import { removeTree } from "./remove-tree.js";
import { isErrno, onDiskSync } from "./store-failure.js";

/** How often a living process renews the time of its workspaces, for readers that cannot see the process. */
const renewalMs = 3_600_000;

/** Whose a workspace is and what it is for: all of it stands in the folder's name, so that making it is one step. */
export interface WorkspaceLabel {
  /** The label of the {@link ItemKind} whose store it belongs to. */
  readonly kind: string;
  readonly owner: ProcessIdentity;
  /** The name whose `latest` file the owner may have left behind unfinished; absent while an import does not know its own. */
  readonly name: string | undefined;
  /** Absent when all versions of the name are being deleted, and without a name. */
  readonly version: string | undefined;
}

/**
 * A private folder on the file system of the items, where one item is made or unmade.
 *
 * It exists from before the first byte until after `latest` is written, so it is also the note that tells others that
 * something of this name is going on, and lets them finish it when the owner has died.
 */
export class Workspace implements AsyncDisposable {
  readonly #kind: string;
  readonly #renewal: NodeJS.Timeout;
  #path: string;

  private constructor(kind: string, path: string) {
    this.#kind = kind;
    this.#path = path;
    this.#renewal = setInterval(() => utimes(this.#path, new Date(), new Date(), () => {}), renewalMs).unref();
  }

  get path(): string {
    return this.#path;
  }

  /**
   * Makes a workspace, and the store's folders if they are not there.
   * @param tag left out when it is not known yet; see {@link Workspace.takeTag}
   * @throws BENTO_STORE_FAILED
   */
  static open(layout: StoreLayout, tag?: Tag): Workspace {
    const kind = layout.kind.label;
    const path = join(stagingFolder(layout), formatLabel({ kind, owner: ownIdentity(), name: tag?.name, version: tag?.version }));
    onDiskSync("make the folder", path, () => mkdirSync(path, { mode: 0o700 }));
    return new Workspace(kind, path);
  }

  /**
   * Gives a workspace that was opened without one its tag, in one step. Its paths are others afterwards.
   * @throws BENTO_STORE_FAILED
   */
  takeTag(tag: Tag): void {
    const label = formatLabel({ kind: this.#kind, owner: ownIdentity(), name: tag.name, version: tag.version });
    const path = join(dirname(this.#path), label);
    onDiskSync("rename", this.#path, () => renameSync(this.#path, path));
    this.#path = path;
  }

  /** A path inside the workspace. */
  at(name: string): string {
    return join(this.#path, name);
  }

  /** Stops to own the folder without removing it: it is finished and removed by whoever finds it later. */
  abandon(): void {
    clearInterval(this.#renewal);
  }

  /** Removes the folder if nothing is in it. */
  removeEmpty(): void {
    this.abandon();
    rmdirSync(this.#path);
  }

  /** Removes the folder and all in it. What cannot be removed now is left to later sweeps. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abandon();
    await removeTree(this.#path);
  }
}

/** Reads the name of a folder in a staging folder; `undefined` for everything that no store of ours made. */
export function parseLabel(folder: string): WorkspaceLabel | undefined {
  const parts = folder.split("+");
  const [kind, place, pid, start, , name = "", version = ""] = parts;
  if (!kind || parts.length !== 7 || !place || !start || !/^\d+$/.test(pid ?? "")) return undefined;
  if (name === "" ? version !== "" : !isTagPart(name) || (version !== "" && !isTagPart(version))) return undefined;
  return { kind, owner: { place, pid: Number(pid), start }, name: name || undefined, version: version || undefined };
}

/** The folder name that {@link parseLabel} reads; different on every call. */
export function formatLabel({ kind, owner, name, version }: WorkspaceLabel): string {
  return [kind, owner.place, owner.pid, owner.start, rareBuiltins.crypto().randomBytes(6).toString("hex"), name ?? "", version ?? ""].join(
    "+",
  );
}

/** The first staging folder that can be renamed from. Made if it is not there. */
function stagingFolder(layout: StoreLayout): string {
  const device = deviceOf(layout.items);
  for (const folder of layout.staging) if (deviceOf(folder) === device) return folder;
  throw onDiskSync("work in", layout.items, () => {
    throw Object.assign(new Error(`${layout.kind.folder} lies on a file system of its own`), { code: "EXDEV", syscall: "rename" });
  });
}

function deviceOf(folder: string): number {
  return onDiskSync("make the folder", folder, () => {
    try {
      return directoryDevice(folder);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      makeFolders(folder, 0o755);
      return directoryDevice(folder);
    }
  });
}

function directoryDevice(folder: string): number {
  const stat = statSync(folder);
  if (!stat.isDirectory()) throw Object.assign(new Error("not a folder"), { code: "ENOTDIR", syscall: "stat" });
  return stat.dev;
}
