import { BentoError } from "@bento/core";
import { FileModelStore, type StoredModel, type Verification } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import { itemTable } from "../output/item-table.js";
import { ProgressDisplay } from "../output/progress-display.js";
import { yamlText } from "../output/yaml-text.js";
import type { Terminal } from "../terminal/terminal.js";

/** How findings are printed. */
export type VerifyFormat = "table" | "json" | "yaml";

interface VerifyModelsRequest extends GlobalOptions {
  /** `undefined` for all. */
  readonly tags: readonly string[] | undefined;
  /** Whether models without a manifest get one. */
  readonly write?: true;
  readonly output: VerifyFormat;
}

/**
 * `bento models verify`: compares models with their manifests.
 * @throws BENTO_INTEGRITY_FAILED, after everything was printed, when one is not what was saved
 */
export async function verifyModels(terminal: Terminal, request: VerifyModelsRequest): Promise<void> {
  await using store = new FileModelStore(request.home);
  const models = request.tags === undefined ? await store.list() : await Promise.all(request.tags.map((tag) => store.get(tag)));
  const found = await verifyAll(terminal, models, request);
  terminal.out(await print[request.output](found, terminal));
  const changed = found.filter(({ status }) => status === "changed");
  if (changed.length === 0) return;
  const names = changed.map(({ tag }) => String(tag)).join(", ");
  throw new BentoError("BENTO_INTEGRITY_FAILED", `Not what was saved: ${names}.`, {
    hint: "Import the model anew from where it came from, or find out who writes into the store.",
  });
}

async function verifyAll(
  terminal: Terminal,
  models: readonly StoredModel[],
  request: VerifyModelsRequest,
): Promise<readonly Verification[]> {
  const signal = terminal.interruption();
  const total = models.reduce((sum, { size }) => sum + size, 0);
  using display = new ProgressDisplay(terminal, { label: "verify", quiet: request.quiet === true });
  const found: Verification[] = [];
  let bytes = 0;
  for (const model of models) {
    display.update({ phase: "transfer", bytes, total, label: String(model.tag) });
    found.push(await model.verify({ signal, write: request.write === true }));
    bytes += model.size;
  }
  return found;
}

const print: Record<VerifyFormat, (found: readonly Verification[], terminal: Terminal) => string | Promise<string>> = {
  json: (found) => `${JSON.stringify(found.map(documentOf), undefined, 2)}\n`,
  yaml: (found) => yamlText(found.map(documentOf)),
  table: (found, terminal) => itemTable({ tag: "Tag", status: "Status", files: "Files" }, found.map(rowOf), terminal),
};

function documentOf({ tag, status, added, changed, missing }: Verification) {
  return { tag: String(tag), status, added, changed, missing };
}

/** At most so many files of a model are named in a table. */
const shownFiles = 5;

function rowOf({ tag, status, added, changed, missing }: Verification) {
  const files = [
    ...changed.map((path) => `changed ${path}`),
    ...missing.map((path) => `missing ${path}`),
    ...added.map((path) => `added ${path}`),
  ];
  const more = files.length > shownFiles ? [`and ${files.length - shownFiles} more`] : [];
  return { tag: String(tag), status, files: [...files.slice(0, shownFiles), ...more].join(", ") };
}
