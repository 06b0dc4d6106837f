import type { SkippedEntry } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { isPattern, patternTest } from "../command/name-pattern.js";
import { itemTable } from "../output/item-table.js";
import { warn } from "../output/warn.js";
import { yamlText } from "../output/yaml-text.js";
import type { Terminal } from "../terminal/terminal.js";
import type { Item, ItemStore } from "./item-store.js";
import { warnOfSkipped } from "./warn-of-skipped.js";

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
  const warnings: string[] = [];
  terminal.out(await print[request.output](store, fitting, { terminal, onWarning: (text) => warnings.push(text) }));
  if (request.quiet === true) return;
  for (const text of warnings) warn(terminal, text);
  warnOfSkipped(terminal, skipped, { kind: request.kind, verbose: request.verbose === true });
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

interface Printing {
  readonly terminal: Terminal;
  readonly onWarning: (text: string) => void;
}

const print: Record<ListFormat, (store: ItemStore, items: readonly Item[], printing: Printing) => string | Promise<string>> = {
  json: async (store, items, printing) => `${JSON.stringify(await rowsOf(store, items, printing), undefined, 2)}\n`,
  yaml: async (store, items, printing) => yamlText(await rowsOf(store, items, printing)),
  table: async (store, items, printing) => itemTable(store.columns, await rowsOf(store, items, printing), printing.terminal),
  path: (_store, items) => items.map(({ path }) => `${path}\n`).join(""),
};

async function rowsOf(store: ItemStore, items: readonly Item[], { onWarning }: Printing): Promise<Readonly<Record<string, string>>[]> {
  const rows: Readonly<Record<string, string>>[] = [];
  for (const item of items) rows.push(await store.row(item, onWarning));
  return rows;
}
