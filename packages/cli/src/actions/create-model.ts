import { BentoError } from "@bento/core";
import { type CopyOptions, FileModelStore, type MetadataValue, type ModelDraft } from "@bento/store";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { GlobalOptions } from "../command/global-options.js";
import { modelKind } from "../command/kind.js";
import type { SavedOutput } from "../command/saved-output.js";
import { ProgressDisplay } from "../output/progress-display.js";
import { savedText } from "../output/saved-text.js";
import type { Terminal } from "../terminal/terminal.js";

interface CreateModelRequest extends GlobalOptions {
  readonly tag: string;
  readonly paths: readonly string[];
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly module?: string;
  readonly output: SavedOutput;
}

/**
 * `bento models create TAG PATH...`: saves files as a model.
 * @throws BENTO_MODEL_EXISTS, BENTO_MODEL_INVALID, BENTO_TAG_INVALID, BENTO_FILE_NOT_FOUND
 */
export async function createModel(terminal: Terminal, request: CreateModelRequest): Promise<void> {
  const { tag, paths, labels, metadata, module, output, home, quiet = false } = request;
  await using store = new FileModelStore(home);
  const signal = terminal.interruption();
  const input = { labels, metadata: metadata as Readonly<Record<string, MetadataValue>> | undefined, module, signal };
  const copies = await copiesOf(paths);
  const total = await sizeOf(paths);
  using display = new ProgressDisplay(terminal, { label: tag, quiet });
  let bytes = 0;
  const onBytes = (count: number): void => display.update({ phase: "transfer", bytes: (bytes += count), total });
  const model = await store.create(tag, input, (draft) => copyAll(draft, copies, { signal, onBytes }));
  terminal.out(savedText(modelKind, model, { verb: "created", output }));
}

interface Copy {
  readonly source: string;
  /** Where in the model; `undefined` for its top. */
  readonly target: string | undefined;
}

/** One folder is the model itself; of several paths each keeps its own name, as `cp` does it. */
async function copiesOf(paths: readonly string[]): Promise<readonly Copy[]> {
  const [only, ...more] = paths;
  if (only !== undefined && more.length === 0 && (await isFolder(only))) return [{ source: only, target: undefined }];
  const copies = paths.map((source) => ({ source, target: basename(resolve(source)) }));
  for (const [index, { source, target }] of copies.entries()) {
    const other = copies.findIndex((copy) => copy.target === target);
    if (other === index) continue;
    throw new BentoError(
      "BENTO_BAD_REQUEST",
      `${JSON.stringify(copies[other]?.source)} and ${JSON.stringify(source)} would both be ${target}.`,
      {
        hint: "Put what makes up the model into one folder, and name that.",
      },
    );
  }
  return copies;
}

/** What is not there is told apart when it is copied. */
async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Bytes of all files, as far as they can be told. */
async function sizeOf(paths: readonly string[]): Promise<number> {
  let size = 0;
  for (const path of paths) {
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined);
    const files = entries?.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files ?? [path]) {
      const state = await stat(file).catch(() => undefined);
      if (state?.isFile()) size += state.size;
    }
  }
  return size;
}

async function copyAll(draft: ModelDraft, copies: readonly Copy[], options: CopyOptions): Promise<void> {
  for (const { source, target } of copies) await draft.copy(source, target, options);
}
