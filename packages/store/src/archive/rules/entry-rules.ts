import type { ArchiveEntry } from "../container/container.js";
import { readEntryPath, readLinkTarget } from "./entry-path.js";
import type { ImportLimits } from "./limits.js";
import { beyondLimit, quoted, unsafeEntry } from "./unsafe.js";

/** What an entry of an archive may become. */
export interface Admitted {
  /** Relative, `/` between its parts, unlike every other path that was admitted; only folders may come again. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
}

/** A link, and the file that it stands for in the end. */
export interface ResolvedLink {
  readonly path: string;
  /** A file that was admitted. */
  readonly target: string;
}

interface Link {
  /** The name as the archive has it. */
  readonly raw: string;
  readonly target: string;
}

/** Characters of a path for each entry that may come: a thousandth of the entries may have the longest paths, not all of them, as every path is kept. */
const charactersEach = 256;

/**
 * Decides which entries of an archive are taken in, and under which paths. It has no side effects: it only remembers
 * what came before.
 *
 * Nothing may hide or replace anything else, nothing but plain files and folders comes out, and a link is taken only
 * for a file that the archive holds itself; that file may come later.
 */
export class EntryRules {
  readonly #limits: ImportLimits;
  readonly #platform: NodeJS.Platform;
  readonly #kinds = new Map<string, Admitted["kind"]>();
  readonly #links = new Map<string, Link>();
  #characters = 0;

  constructor(limits: ImportLimits, platform: NodeJS.Platform = process.platform) {
    this.#limits = limits;
    this.#platform = platform;
  }

  /**
   * The place of the next entry; `undefined` for an entry that stands for the top itself.
   * @throws BENTO_ARCHIVE_UNSAFE naming the entry
   */
  admit({ path: raw, kind, target }: Pick<ArchiveEntry, "path" | "kind" | "target">): Admitted | undefined {
    const path = readEntryPath(raw, this.#rules);
    if (kind === "special") throw unsafeEntry(raw, "it is neither a file nor a folder");
    if (kind === "folder") {
      if (path === "") return undefined;
      this.#addFolder(raw, path);
      return { path, kind };
    }
    if (path === "" || /(?:^|\/)\.{0,2}$/.test(raw)) throw unsafeEntry(raw, "it is no folder, but named like one");
    this.#addFolder(raw, parentOf(path));
    const isFile = kind === "file";
    this.#add(raw, path, isFile ? "file" : "link");
    if (isFile) return { path, kind };
    this.#keep(target);
    this.#links.set(path, { raw, target: readLinkTarget(raw, target, kind === "symlink" ? parentOf(path) : "", this.#rules) });
    return { path, kind: "link" };
  }

  /**
   * The links with their files, in the order of the archive; to be asked once all entries were admitted.
   * @throws BENTO_ARCHIVE_UNSAFE naming a link to a folder, to nothing, or in a circle
   */
  resolveLinks(): readonly ResolvedLink[] {
    const found = new Map<string, string>();
    return [...this.#links.keys()].map((path) => ({ path, target: this.#follow(path, found) }));
  }

  get #rules(): { readonly limits: ImportLimits; readonly platform: NodeJS.Platform } {
    return { limits: this.#limits, platform: this.#platform };
  }

  #addFolder(raw: string, path: string): void {
    const missing: string[] = [];
    for (let folder = path; folder !== ""; folder = parentOf(folder)) {
      const kind = this.#kinds.get(folder);
      if (kind === "folder") break;
      if (kind !== undefined) throw unsafeEntry(raw, `${quoted(folder)} is a ${kind} already, and cannot be a folder as well`);
      missing.push(folder);
    }
    for (const folder of missing) this.#add(raw, folder, "folder");
  }

  #add(raw: string, path: string, kind: Admitted["kind"]): void {
    const present = this.#kinds.get(path);
    if (present !== undefined) throw unsafeEntry(raw, `it comes twice${present === kind ? "" : `, first as a ${present}`}`);
    if (this.#kinds.size >= this.#limits.maxEntries) throw beyondLimit("maxEntries", this.#limits, "it holds too many files and folders");
    this.#keep(path);
    this.#kinds.set(path, kind);
  }

  #keep(text: string): void {
    this.#characters += text.length;
    if (this.#characters > this.#limits.maxEntries * charactersEach + this.#limits.maxPathBytes)
      throw beyondLimit("maxEntries", this.#limits, "its paths are too long together for so many files and folders");
  }

  /** Remembers where every link on the way ends, so that long chains are walked once. */
  #follow(start: string, found: Map<string, string>): string {
    const way = new Set<string>();
    let path = start;
    while (this.#kinds.get(path) === "link" && !found.has(path)) {
      if (way.has(path)) throw this.#badLink(start, "which leads back to itself");
      way.add(path);
      path = (this.#links.get(path) as Link).target;
    }
    const end = found.get(path) ?? path;
    const kind = end === "" ? "folder" : this.#kinds.get(end);
    if (kind !== "file") throw this.#badLink(start, kind === undefined ? "which is not in the archive" : "which is a folder");
    for (const link of way) found.set(link, end);
    return end;
  }

  #badLink(path: string, why: string): Error {
    const { raw, target } = this.#links.get(path) as Link;
    return unsafeEntry(raw, `it is a link to ${quoted(target)}, ${why}`);
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}
