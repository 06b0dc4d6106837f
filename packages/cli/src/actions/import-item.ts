import { BentoError } from "@bento/core";
import type { LocationOptions } from "@bento/store";
import { isRemotePlace } from "@bento/store/remotes";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { GlobalOptions } from "../command/global-options.js";
import type { Kind } from "../command/kind.js";
import type { SavedOutput } from "../command/saved-output.js";
import { follow } from "../output/progress-display.js";
import { reportText } from "../output/report-text.js";
import { type CarriedModel, savedText } from "../output/saved-text.js";
import { warnAll } from "../output/warn.js";
import type { Terminal } from "../terminal/terminal.js";
import type { ImportChoices, ItemStore } from "./item-store.js";
import { type GivenLocation, placeLabel, type RemoteAccess, withAccess } from "./remote-access.js";

interface ImportItemRequest extends GlobalOptions, Omit<ImportChoices, "signal" | "onWarning" | "onModel" | keyof LocationOptions> {
  readonly kind: Kind;
  /** A path, a URL, or `-` for stdin. */
  readonly source: string;
  readonly access: RemoteAccess;
  readonly dryRun?: true;
  readonly output: SavedOutput;
}

/**
 * `bento models import PATH`, `bento import PATH`.
 * @throws what `importModel` and `importBento` throw
 */
export async function importItem(terminal: Terminal, request: ImportItemRequest): Promise<void> {
  const { kind, source, access, home, dryRun } = request;
  if (kind.noun === "model" && request.format === undefined && !isRemotePlace(source, access) && holdsMany(source)) {
    const { restore } = await import("./restore.js");
    return restore(terminal, { ...request, folder: source });
  }
  await using store = await kind.open(home);
  await (dryRun === true ? inspect : take)(store, terminal, request);
}

/** Whether a path is a folder that is not itself an exported item: a backup, or a folder of archives. */
function holdsMany(source: string): boolean {
  const isFolder = statSync(source, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder && !["model.yaml", "bento.yaml"].some((name) => existsSync(join(source, name)));
}

async function take(store: ItemStore, terminal: Terminal, request: ImportItemRequest): Promise<void> {
  const warnings: string[] = [];
  const models: CarriedModel[] = [];
  const choices = { ...choicesOf(request, terminal, warnings), onModel: carried(models) };
  const { item, outcome } = await reaching(terminal, request, async (location) => {
    const transfer = store.importItem(sourceOf(request, terminal), { ...choices, ...location });
    const taken = await follow(transfer, terminal, displayOf(request));
    return { item: taken, outcome: transfer.outcome };
  });
  warnAll(terminal, warnings, request);
  const verbs = {
    imported: "imported",
    replaced: "imported, in place of the one that was there",
    skipped: "not imported: the store has the same",
  };
  const verb = verbs[outcome ?? "imported"];
  terminal.out(savedText(request.kind, item, { verb, output: request.output, models }));
}

async function inspect(store: ItemStore, terminal: Terminal, request: ImportItemRequest): Promise<void> {
  const warnings: string[] = [];
  const choices = choicesOf(request, terminal, warnings);
  const report = await reaching(terminal, request, (location) =>
    follow(store.inspect(sourceOf(request, terminal), { ...choices, ...location }), terminal, displayOf(request)),
  );
  warnAll(terminal, warnings, request);
  terminal.out(await reportText(request.kind, report, request.output, terminal));
  const [problem, ...more] = report.problems;
  if (problem === undefined) return;
  const others = more.length === 0 ? "" : ` And: ${more.map(({ message }) => message).join(" ")}`;
  throw new BentoError(problem.code, `It would not come in. ${problem.message}${others}`, { hint: problem.hint, cause: problem });
}

function sourceOf({ source }: ImportItemRequest, terminal: Terminal): string | ReadableStream<Uint8Array> {
  return source === "-" ? terminal.bytesIn() : source;
}

function displayOf({ source, access, quiet }: ImportItemRequest): { readonly label: string; readonly quiet: boolean } {
  return { label: source === "-" ? "stdin" : placeLabel(source, access), quiet: quiet === true };
}

function reaching<T>(terminal: Terminal, { source, access }: ImportItemRequest, work: (location: GivenLocation) => Promise<T>): Promise<T> {
  return withAccess(terminal, { place: source, access }, work);
}

/** Notes the models that a bento brings along. */
function carried(models: CarriedModel[]): ImportChoices["onModel"] {
  return ({ tag }, outcome) => void models.push({ tag, outcome });
}

function choicesOf(
  { format, name, version, existing, acceptChanges, limits, maxMemory }: ImportItemRequest,
  terminal: Terminal,
  warnings: string[],
): ImportChoices {
  const onWarning = (warning: string): void => void warnings.push(warning);
  return { format, name, version, existing, acceptChanges, limits, maxMemory, signal: terminal.interruption(), onWarning };
}
