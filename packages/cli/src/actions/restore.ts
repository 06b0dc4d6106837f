import { BentoError } from "@bento/core";
import { FileModelStore, importModels, type ModelsImport } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import { modelKind } from "../command/kind.js";
import type { SavedOutput } from "../command/saved-output.js";
import { countText } from "../output/count-text.js";
import { itemText } from "../output/item-text.js";
import { printFailure } from "../output/print-error.js";
import { follow } from "../output/progress-display.js";
import { visible } from "../output/visible.js";
import { warn, warnAll } from "../output/warn.js";
import type { Terminal } from "../terminal/terminal.js";
import type { ImportChoices } from "./item-store.js";

interface RestoreRequest extends GlobalOptions, Omit<ImportChoices, "signal" | "onWarning"> {
  readonly folder: string;
  readonly dryRun?: true;
  readonly output: SavedOutput;
}

/**
 * `bento models import FOLDER` of a backup, or of a folder of archives: takes in all that the store does not have.
 * @throws what `importModels` throws; BENTO_ARCHIVE_INVALID, after all others came in, when some could not
 */
export async function restore(terminal: Terminal, request: RestoreRequest): Promise<void> {
  const { folder, existing, acceptChanges, limits, maxMemory, output, home, quiet = false } = request;
  refuseSingular(request);
  await using store = new FileModelStore(home);
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  const options = { store, existing, acceptChanges, limits, maxMemory, signal: terminal.interruption(), onWarning };
  const result = await follow(importModels(folder, options), terminal, { label: "import", quiet });
  warnAll(terminal, warnings, { quiet });
  terminal.out(print[output](result));
  if (!quiet) warnOfIgnored(terminal, result.ignored, request.verbose === true);
  for (const { file, error } of result.failed) printFailure(error, terminal, file);
  const { length } = result.failed;
  if (length > 0) {
    throw new BentoError("BENTO_ARCHIVE_INVALID", `${countText(length, "archive")} of ${JSON.stringify(folder)} did not come in.`, {
      hint: "Run it again when they are mended: what came in is not read twice.",
    });
  }
  if (result.imported.length === 0) {
    throw new BentoError("BENTO_ARCHIVE_INVALID", `${JSON.stringify(folder)} is neither an exported model nor holds any archives.`, {
      hint: "Name an archive, a folder that `bento models export` made, or one with archives in it.",
    });
  }
}

function warnOfIgnored(terminal: Terminal, ignored: readonly string[], isVerbose: boolean): void {
  if (ignored.length === 0) return;
  const more = isVerbose ? `:${ignored.map((file) => `\n  ${visible(file)}`).join("")}` : " (--verbose names them)";
  warn(terminal, `not looked at, as their names are not those of archives: ${countText(ignored.length, "file")}${more}`);
}

/** What makes sense for one model only. */
function refuseSingular({ folder, name, version, dryRun }: RestoreRequest): void {
  const given = Object.entries({ "--name": name, "--version": version, "--dry-run": dryRun }).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new BentoError("BENTO_BAD_REQUEST", `${given[0]} is for one model; ${JSON.stringify(folder)} is a folder of many.`, {
    hint: "Name one of the archives in it.",
  });
}

const print: Record<SavedOutput, (result: ModelsImport) => string> = {
  tag: ({ imported }) => imported.map(({ model }) => `${model.tag}\n`).join(""),
  path: ({ imported }) => imported.map(({ model }) => `${model.path}\n`).join(""),
  json: (result) => `${JSON.stringify(documentOf(result), undefined, 2)}\n`,
  text: ({ imported }) => {
    const came = imported.filter(({ outcome }) => outcome !== "skipped");
    const there = imported.length - came.length;
    const lines = came.map(({ model }) => `${itemText(modelKind, model.tag)} imported.`);
    const rest = there === 0 ? "" : `, ${there} ${there === 1 ? "was" : "were"} there already`;
    return `${[...lines, `${countText(came.length, "model")} imported${rest}.`].join("\n")}\n`;
  },
};

function documentOf({ imported, failed, ignored }: ModelsImport) {
  return {
    imported: imported.map(({ file, outcome, model }) => ({ file, outcome, tag: model.tag })),
    failed: failed.map(({ file, error }) => ({ file, code: error.code, message: error.message })),
    ignored,
  };
}
