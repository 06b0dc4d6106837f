import { BentoError } from "@bento/core";
import {
  FileModelStore,
  importModels,
  type ImportModelsOptions,
  inspectModels,
  type LocationOptions,
  type ModelsImport,
  type OnExisting,
} from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import { modelKind } from "../command/kind.js";
import type { SavedOutput } from "../command/saved-output.js";
import { countText } from "../output/count-text.js";
import { itemText } from "../output/item-text.js";
import { modelsReportText } from "../output/models-report-text.js";
import { printFailure } from "../output/print-error.js";
import { follow } from "../output/progress-display.js";
import { visible } from "../output/visible.js";
import { warn, warnAll } from "../output/warn.js";
import type { Terminal } from "../terminal/terminal.js";
import type { ImportChoices } from "./item-store.js";
import { refuseRemote, type RemoteAccess } from "./remote-access.js";

interface RestoreRequest extends GlobalOptions, Omit<ImportChoices, "signal" | "onWarning" | "onModel" | keyof LocationOptions> {
  readonly folder: string;
  readonly access: RemoteAccess;
  readonly dryRun?: true;
  readonly output: SavedOutput;
}

/**
 * `bento models import FOLDER` of a backup, or of a folder of archives: takes in all that the store does not have.
 * @throws what `importModels` throws; BENTO_ARCHIVE_INVALID or BENTO_MODEL_EXISTS, after all others came in, when some could not
 */
export async function restore(terminal: Terminal, request: RestoreRequest): Promise<void> {
  const { existing = "skip", acceptChanges, limits, maxMemory, home } = request;
  refuseSingular(request);
  refuseRemote(request.folder, request.access);
  await using store = new FileModelStore(home);
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  const options = { store, existing, acceptChanges, limits, maxMemory, signal: terminal.interruption(), onWarning };
  await (request.dryRun === true ? inspect : take)(terminal, request, { options, warnings });
}

interface Reading {
  readonly options: ImportModelsOptions & { readonly existing: OnExisting };
  /** What was warned of so far. */
  readonly warnings: readonly string[];
}

async function take(terminal: Terminal, request: RestoreRequest, { options, warnings }: Reading): Promise<void> {
  const { folder, output, quiet = false } = request;
  const result = await follow(importModels(folder, options), terminal, { label: "import", quiet });
  const { imported, failed } = result;
  warnAll(terminal, warnings, { quiet });
  warnOfUnread(terminal, request, result);
  if (imported.length + failed.length === 0) throw noArchives(folder);
  terminal.out(print[output](result));
  for (const { file, error } of failed) printFailure(error, terminal, file);
  const errors = failed.map(({ error }) => error);
  if (errors.length === 0) return;
  const after = options.existing === "error" ? "run it again with --existing skip" : "run it again: what came in is not read twice";
  throw allExist(folder, errors, options.existing) ?? leftOut(folder, errors, "did not", `Do what the hints above say, and ${after}.`);
}

async function inspect(terminal: Terminal, request: RestoreRequest, { options, warnings }: Reading): Promise<void> {
  const { folder, output, quiet = false } = request;
  const report = await follow(inspectModels(folder, options), terminal, { label: "import", quiet });
  warnAll(terminal, warnings, { quiet });
  warnOfUnread(terminal, request, report);
  if (report.archives.length === 0) throw noArchives(folder);
  terminal.out(modelsReportText(report, { output, existing: options.existing }));
  const errors = report.archives.flatMap(({ problems }) => problems.slice(0, 1));
  if (errors.length === 0) return;
  throw (
    allExist(folder, errors, options.existing) ?? leftOut(folder, errors, "would not", "Without --dry-run the others come in all the same.")
  );
}

function noArchives(folder: string): BentoError {
  return new BentoError("BENTO_ARCHIVE_INVALID", `${JSON.stringify(folder)} is neither an exported model nor holds any archives.`, {
    hint: "Name an archive, a folder that `bento models export` made, or one with archives in it.",
  });
}

/** The error where nothing else was wrong than that the store has the tags. */
function allExist(folder: string, errors: readonly BentoError[], existing: OnExisting): BentoError | undefined {
  if (errors.some(({ code }) => code !== "BENTO_MODEL_EXISTS")) return undefined;
  const { length } = errors;
  const what = `The store already has ${countText(length, "model")} of ${JSON.stringify(folder)}`;
  return existing === "error"
    ? new BentoError("BENTO_MODEL_EXISTS", `${what}.`, {
        hint: "Say --existing skip to keep what is there, or --existing replace to put the archives' in its place.",
      })
    : new BentoError("BENTO_MODEL_EXISTS", `${what}, with other files.`, {
        hint: "If the archives' are the right ones, say --existing replace.",
      });
}

function leftOut(folder: string, errors: readonly BentoError[], verb: string, hint: string): BentoError {
  const what = `${countText(errors.length, "archive")} of ${JSON.stringify(folder)}`;
  return new BentoError("BENTO_ARCHIVE_INVALID", `${what} ${verb} come in.`, { hint });
}

/** Says, unless `--quiet` was, which files were passed over. */
function warnOfUnread(
  terminal: Terminal,
  { quiet, verbose }: RestoreRequest,
  { ignored, superseded }: Pick<ModelsImport, "ignored" | "superseded">,
): void {
  if (quiet === true) return;
  const reasons = [
    ["as their names are not those of archives", ignored],
    ["as the backup has newer archives of the same models", superseded],
  ] as const;
  for (const [why, files] of reasons) {
    if (files.length === 0) continue;
    const more = verbose === true ? `:${files.map((file) => `\n  ${visible(file)}`).join("")}` : " (--verbose names them)";
    warn(terminal, `not looked at, ${why}: ${countText(files.length, "file")}${more}`);
  }
}

/** What makes sense for one model only. */
function refuseSingular({ folder, name, version }: RestoreRequest): void {
  const given = Object.entries({ "--name": name, "--version": version }).find(([, value]) => value !== undefined);
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

function documentOf({ imported, failed, ignored, superseded }: ModelsImport) {
  return {
    imported: imported.map(({ file, outcome, model }) => ({ file, outcome, tag: model.tag })),
    failed: failed.map(({ file, error }) => ({ file, code: error.code, message: error.message })),
    ignored,
    superseded,
  };
}
