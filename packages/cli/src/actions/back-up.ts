import { BentoError } from "@bento/core";
import { type BackupResult, exportModels, FileModelStore } from "@bento/store";
import type { GlobalOptions } from "../command/global-options.js";
import { modelKind } from "../command/kind.js";
import { countText } from "../output/count-text.js";
import { itemText } from "../output/item-text.js";
import { printFailure } from "../output/print-error.js";
import { follow } from "../output/progress-display.js";
import type { Terminal } from "../terminal/terminal.js";
import { archiveChoices, type ExportFormat } from "./export-item.js";
import type { ArchiveChoices } from "./item-store.js";
import { refuseRemote, type RemoteAccess } from "./remote-access.js";
import { warnOfSkipped } from "./warn-of-skipped.js";

interface BackUpRequest extends GlobalOptions, ArchiveChoices {
  readonly folder: string;
  readonly access: RemoteAccess;
  readonly output: ExportFormat;
}

/**
 * `bento models export --all FOLDER`: writes what the folder does not have yet.
 * @throws what `exportModels` throws; BENTO_BAD_REQUEST for a URL that leads elsewhere; BENTO_TRANSFER_FAILED, after all others were written, when some could not be
 */
export async function backUp(terminal: Terminal, request: BackUpRequest): Promise<void> {
  const { folder, access, output, home, quiet = false } = request;
  refuseRemote(folder, access);
  await using store = new FileModelStore(home);
  const transfer = exportModels(folder, { store, ...archiveChoices(request), signal: terminal.interruption() });
  const result = await follow(transfer, terminal, { label: "backup", quiet });
  terminal.out(`${print[output](result)}\n`);
  if (!quiet) warnOfSkipped(terminal, result.skipped, { kind: modelKind, verbose: request.verbose === true });
  for (const { error } of result.failed) printFailure(error, terminal);
  if (result.failed.length === 0) return;
  const names = result.failed.map(({ tag }) => String(tag)).join(", ");
  throw new BentoError("BENTO_TRANSFER_FAILED", `The backup lacks ${names}.`, {
    hint: "Run it again: what is whole is not written twice.",
  });
}

const print: Record<ExportFormat, (result: BackupResult) => string> = {
  path: ({ folder }) => folder,
  json: (result) => JSON.stringify(documentOf(result), undefined, 2),
  text: ({ folder, exported, unchanged }) => {
    const lines = exported.map((tag) => `${itemText(modelKind, tag)} exported.`);
    const there = unchanged.length === 0 ? "" : `, ${unchanged.length} ${unchanged.length === 1 ? "was" : "were"} there already`;
    return [...lines, `${countText(exported.length, "model")} exported to ${folder}${there}.`].join("\n");
  },
};

function documentOf({ folder, exported, unchanged, failed, skipped }: BackupResult) {
  return {
    folder,
    exported,
    unchanged,
    failed: failed.map(({ tag, error }) => ({ tag, code: error.code, message: error.message })),
    skipped,
  };
}
