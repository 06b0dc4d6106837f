import type { GlobalOptions } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import { itemTable } from "../output/item-table.js";
import { jsonText } from "../output/json-text.js";
import { warn } from "../output/warn.js";
import type { Terminal } from "../terminal/terminal.js";
import type { Item, ItemStore } from "./item-store.js";

/** How one item is printed. */
export type ItemFormat = "yaml" | "json" | "table" | "path";

interface PrintItemRequest extends GlobalOptions {
  readonly kind: Kind;
  readonly tag: string;
  readonly output: ItemFormat;
}

/**
 * `bento models get TAG`, `bento get TAG`: what is known of one.
 * @throws BENTO_MODEL_NOT_FOUND, BENTO_MODEL_AMBIGUOUS (the same for bentos), BENTO_TAG_INVALID
 */
export async function printItem(terminal: Terminal, { kind, tag, output, home }: PrintItemRequest): Promise<void> {
  await using store = await kind.open(home);
  terminal.out(await print[output](store, await store.get(tag), terminal));
}

const print: Record<ItemFormat, (store: ItemStore, item: Item, terminal: Terminal) => string | Promise<string>> = {
  json: async (store, item) => `${jsonText(await store.document(item))}\n`,
  table: async (store, item, terminal) => {
    const row = await store.row(item, (text) => warn(terminal, text));
    return itemTable(store.columns, [row], terminal);
  },
  path: (_store, { path }) => `${path}\n`,
  yaml: async (store, item) => {
    const text = await store.yaml(item);
    return text.endsWith("\n") ? text : `${text}\n`;
  },
};
