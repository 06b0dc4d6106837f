import type { TagLike } from "@bento/core";
import { ByteBudget } from "../archive/rules/byte-budget.js";
import { EntryRules } from "../archive/rules/entry-rules.js";
import { type ImportLimits, limitsOf } from "../archive/rules/limits.js";
import { unsafeEntry } from "../archive/rules/unsafe.js";
import { checkSignal } from "../store/cancellation.js";
import type { ItemInfo, ItemKind } from "../store/item-kind.js";
import type { IncomingFiles } from "./import-options.js";
import type { ImportOutcome } from "./import-transfer.js";
import { type ComparableItem, type ImportingStore, IncomingItem } from "./incoming-item.js";
import type { LandedFile } from "./staged-item.js";

/** An item whose files have come to this machine, each whole and digested by whoever brought it. */
export interface LandedItem {
  /** Folders that hold nothing. */
  readonly folders: readonly string[];
  readonly files: readonly LandedFile[];
}

/** Options of {@link importLanded}. */
export interface ImportLandedOptions<Info extends ItemInfo, Stored extends ComparableItem> {
  readonly kind: ItemKind<Info>;
  readonly store: ImportingStore<Info, Stored>;
  /** Which item it must be. */
  readonly expected: TagLike;
  /** `"skip"` keeps what the store has, if its files are the same, and fails if they differ. */
  readonly existing: "skip" | "replace";
  readonly limits?: Partial<ImportLimits> | undefined;
  /** Told of what came in, checked and not yet visible: what it throws stops the import. */
  readonly onChecked?: ((incoming: IncomingFiles) => void | Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Takes in an item whose files lie on this machine already. They are not copied where they lie on the store's file
 * system. Whatever comes of it, where they lay they are the caller's to remove, and not to be written to.
 *
 * Everything else is as with an archive: paths by the same rules, the tag and the manifest that came along must be
 * right, and all of it becomes visible in one step.
 * @throws what `importModel` throws
 */
export async function importLanded<Info extends ItemInfo, Stored extends ComparableItem>(
  { folders, files }: LandedItem,
  { kind, store, expected, existing, onChecked, signal, ...options }: ImportLandedOptions<Info, Stored>,
): Promise<{ readonly item: Stored; readonly outcome: ImportOutcome }> {
  // Nothing was compressed on its way.
  const limits = limitsOf({ ...options.limits, maxRatio: Number.POSITIVE_INFINITY });
  const entries = new EntryRules(limits);
  for (const path of folders) admitAsIs(entries, path, "folder");
  for (const { path } of files) admitAsIs(entries, path, "file");
  checkSignal(signal, "The import");
  const budget = new ByteBudget(limits);
  const draft = await store.importDraft({ signal });
  await using item = new IncomingItem(draft, {
    kind,
    store,
    existing,
    acceptChanges: false,
    change: {},
    expected,
    base: "",
    budget,
    signal,
  });
  // The document first, as it says whether the others are needed.
  const rank = ({ path }: LandedFile): number => (path === kind.document ? 0 : 1);
  for (const file of files.toSorted((a, b) => rank(a) - rank(b))) {
    checkSignal(signal, "The import");
    await item.staged.adopt(file);
  }
  for (const path of folders) await item.staged.mkdir(path, path);
  const tops = new Set(files.map(({ path }) => path.split("/", 1)[0] as string));
  await item.check({ tops, hasFile: (path) => item.files.has(path) });
  await onChecked?.(item.checked);
  checkSignal(signal, "The import");
  await item.prepare();
  // Awaited here, before the draft is discarded.
  return await item.commit();
}

function admitAsIs(rules: EntryRules, path: string, kind: "file" | "folder"): void {
  const admitted = rules.admit({ path, kind, target: "" });
  if (admitted?.path !== path) throw unsafeEntry(path, "it is not written in the plain form of a path");
}
