import { compareCreation, FileModelStore, type ModelStore, type SkippedEntry, type StoredModel } from "@bento/store";
import type { GlobalOptions } from "../global-options.js";
import { type ModelRow, modelRow, modelTable } from "../output/model-rows.js";
import { type Terminal, styled } from "../terminal.js";

/** How `bento models list` prints. */
export type ListFormat = "table" | "json" | "yaml";

interface ListModelsOptions extends GlobalOptions {
  readonly name: string | undefined;
  readonly output: ListFormat;
}

/**
 * `bento models list [NAME]`: the models, newest first.
 * @throws BENTO_MODEL_NOT_FOUND for an unknown name or tag
 */
export async function listModels(terminal: Terminal, { name, output, home, verbose }: ListModelsOptions): Promise<void> {
  await using store = new FileModelStore(home);
  const skipped: SkippedEntry[] = [];
  const models = await find(store, name, (entry) => skipped.push(entry));
  const rows = models.toSorted((a, b) => compareCreation(b.info, a.info)).map(modelRow);
  terminal.out(await print[output](rows, terminal));
  warn(terminal, skipped, verbose === true);
}

async function find(
  store: ModelStore,
  name: string | undefined,
  onSkipped: (entry: SkippedEntry) => void,
): Promise<readonly StoredModel[]> {
  if (name?.includes(":")) return [await store.get(name)];
  return store.list({ name, onSkipped });
}

const print: Record<ListFormat, (rows: readonly ModelRow[], terminal: Terminal) => string | Promise<string>> = {
  json: (rows) => `${JSON.stringify(rows, undefined, 2)}\n`,
  yaml: async (rows) => {
    const { stringify } = await import("yaml");
    // As YAML 1.1 reads it, so that a time stays text for Python too.
    return stringify(rows, { version: "1.1", sortMapEntries: true, singleQuote: true, lineWidth: 0 });
  },
  table: modelTable,
};

function warn(terminal: Terminal, skipped: readonly SkippedEntry[], isVerbose: boolean): void {
  if (skipped.length === 0) return;
  const what =
    skipped.length === 1 ? "1 entry of the store is no readable model" : `${skipped.length} entries of the store are no readable models`;
  const more = isVerbose ? skipped.map(({ path, reason }) => `\n  ${path}: ${reason}`).join("") : " (--verbose says which and why)";
  terminal.err(`${styled("warning:", "yellow", terminal.errHasColor)} ${what}${isVerbose ? ":" : ""}${more}\n`);
}
