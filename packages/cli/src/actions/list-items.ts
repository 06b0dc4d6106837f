import type { SkippedEntry } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { isPattern, patternTest } from "../command/name-pattern.js";
import { itemTable } from "../output/item-table.js";
import { yamlText } from "../output/yaml-text.js";
import { type Terminal, styled } from "../terminal/terminal.js";
import type { Item, ItemStore } from "./item-store.js";

/** How a list is printed. */
export type ListFormat = "table" | "json" | "yaml" | "path";

interface ListItemsRequest extends GlobalOptions {
  readonly kind: Kind;
  readonly name: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Bytes. */
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly output: ListFormat;
}

/**
 * `bento models list [NAME]`, `bento list [NAME]`: what is in the store, newest first.
 * @throws BENTO_MODEL_NOT_FOUND (BENTO_BENTO_NOT_FOUND) for an unknown name or tag; a pattern may fit nothing
 */
export async function listItems(terminal: Terminal, request: ListItemsRequest): Promise<void> {
  await using store = await request.kind.open(request.home);
  const skipped: SkippedEntry[] = [];
  const items = await find(store, request, (entry) => skipped.push(entry));
  const { minSize = 0, maxSize = Number.POSITIVE_INFINITY } = request;
  const fitting = items.filter(({ size }) => size >= minSize && size <= maxSize);
  terminal.out(await print[request.output](store, fitting, terminal));
  if (request.quiet !== true) warn(terminal, skipped, request);
}

async function find(
  store: ItemStore,
  { name, labels }: ListItemsRequest,
  onSkipped: (entry: SkippedEntry) => void,
): Promise<readonly Item[]> {
  if (name !== undefined && isPattern(name)) {
    const fits = patternTest(name);
    return (await store.list({ name: undefined, labels, onSkipped })).filter(({ tag }) => fits(tag));
  }
  if (!name?.includes(":")) return store.list({ name, labels, onSkipped });
  const item = await store.get(name);
  return Object.entries(labels ?? {}).every(([key, value]) => item.info.labels[key] === value) ? [item] : [];
}

const print: Record<ListFormat, (store: ItemStore, items: readonly Item[], terminal: Terminal) => string | Promise<string>> = {
  json: async (store, items) => `${JSON.stringify(await rowsOf(store, items), undefined, 2)}\n`,
  yaml: async (store, items) => yamlText(await rowsOf(store, items)),
  table: async (store, items, terminal) => itemTable(store.columns, await rowsOf(store, items), terminal),
  path: (_store, items) => items.map(({ path }) => `${path}\n`).join(""),
};

function rowsOf(store: ItemStore, items: readonly Item[]): Promise<Readonly<Record<string, string>>[]> {
  return Promise.all(items.map((item) => store.row(item)));
}

function warn(terminal: Terminal, skipped: readonly SkippedEntry[], { kind, verbose }: ListItemsRequest): void {
  if (skipped.length === 0) return;
  const { noun } = kind;
  const what =
    skipped.length === 1
      ? `1 entry of the store is no readable ${noun}`
      : `${skipped.length} entries of the store are no readable ${noun}s`;
  const more = verbose ? `:${skipped.map(({ path, reason }) => `\n  ${path}: ${reason}`).join("")}` : " (--verbose says which and why)";
  terminal.err(`${styled("warning:", "yellow", terminal.errHasColor)} ${what}${more}\n`);
}
