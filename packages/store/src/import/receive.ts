import type { ArchiveEntry } from "../archive/container/container.js";
import type { ByteBudget } from "../archive/rules/byte-budget.js";
import { EntryRules } from "../archive/rules/entry-rules.js";
import type { ImportLimits } from "../archive/rules/limits.js";
import { quoted, unsafeEntry } from "../archive/rules/unsafe.js";
import { checkSignal } from "../store/cancellation.js";
import type { StagedFile, StagedItem } from "./staged-item.js";
import { Writers } from "./writers.js";

/** Where an entry goes: into which item, and under which path there. */
export interface Destination {
  readonly item: StagedItem;
  readonly path: string;
}

/** What taking in an archive needs to know. */
export interface ReceiveOptions {
  readonly limits: ImportLimits;
  readonly budget: ByteBudget;
  readonly signal: AbortSignal;
  /** Where a path of the archive goes; `undefined` for what is checked like everything else, but kept nowhere. */
  readonly route: (path: string, kind: "file" | "folder") => Promise<Destination | undefined>;
}

/**
 * Takes in the entries of an archive, each checked before anything of it is written. Small files are written side by
 * side while the archive is read further; links come last.
 * @returns the paths at the top of the archive, for messages
 * @throws BENTO_ARCHIVE_UNSAFE naming an entry, BENTO_CANCELLED, and what archive and drafts throw
 */
export async function receive(entries: AsyncIterable<ArchiveEntry>, options: ReceiveOptions): Promise<ReadonlySet<string>> {
  const { limits, budget, signal, route } = options;
  const rules = new EntryRules(limits);
  const tops = new Set<string>();
  const rawLinks = new Map<string, string>();
  await using writers = new Writers();
  for await (const entry of entries) {
    checkSignal(signal, "The import");
    const admitted = rules.admit(entry);
    if (admitted === undefined) continue;
    const { path, kind } = admitted;
    tops.add(path.split("/", 1)[0] as string);
    if (kind === "link") {
      rawLinks.set(path, entry.path);
      continue;
    }
    budget.announced(entry.size);
    const to = await route(path, kind);
    if (to === undefined) continue;
    if (kind === "file" && !(entry.content instanceof Uint8Array)) {
      await to.item.put(fileOf(to, entry));
      continue;
    }
    const bytes = (entry.content as Uint8Array).length;
    if (!writers.hasRoom(bytes)) await writers.room(bytes);
    writers.add(bytes, kind === "folder" ? to.item.mkdir(to.path, entry.path) : to.item.put(fileOf(to, entry)));
  }
  await writers.idle();
  for (const { path, target } of rules.resolveLinks()) {
    checkSignal(signal, "The import");
    const to = await route(path, "file");
    const from = await route(target, "file");
    if (to === undefined) continue;
    const raw = rawLinks.get(path) as string;
    if (from === undefined) throw unsafeEntry(raw, `it is a link to ${quoted(target)}, which is not taken in`);
    await to.item.link({ path: to.path, raw }, from.item, from.path);
  }
  return tops;
}

function fileOf({ path }: Destination, { path: raw, content, size, executable }: ArchiveEntry): StagedFile {
  return { path, content, size, executable, raw };
}
