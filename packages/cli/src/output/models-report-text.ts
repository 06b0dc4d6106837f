import type { InspectedArchive, ModelsReport, OnExisting } from "@bento/store";
import { modelKind } from "../command/kind.js";
import type { SavedOutput } from "../command/saved-output.js";
import { countText } from "./count-text.js";
import { humanSize } from "./human-size.js";
import { itemText } from "./item-text.js";
import { jsonText } from "./json-text.js";
import { visible } from "./visible.js";

interface ReportOptions {
  readonly output: SavedOutput;
  readonly existing: OnExisting;
}

/** What an import of a folder would take in, a line for each archive. `path` names the archives that would come in. */
export function modelsReportText(report: ModelsReport, { output, existing }: ReportOptions): string {
  const good = report.archives.filter(({ problems }) => problems.length === 0);
  const texts: Readonly<Record<SavedOutput, () => readonly string[]>> = {
    text: () => [...report.archives.map((archive) => lineOf(archive, existing)), summaryOf(report, existing)],
    json: () => [jsonText(documentOf(report))],
    tag: () => good.map(({ tag }) => String(tag)),
    path: () => good.map(({ file }) => file),
  };
  return texts[output]()
    .map((line) => `${line}\n`)
    .join("");
}

function lineOf({ file, tag, size, stored, problems }: InspectedArchive, existing: OnExisting): string {
  const item = tag === undefined ? visible(file) : `${itemText(modelKind, tag)} (${humanSize(size)})`;
  const problem = problems.find(({ code }) => code !== "BENTO_MODEL_EXISTS");
  if (problem !== undefined) return `${item} would not be imported: ${visible(problem.message)}`;
  if (stored === "absent") return `${item} would be imported.`;
  if (existing === "replace") return `${item} would be imported, in place of the one that is there.`;
  return stored === "same" ? `${item} is there already.` : `${item} differs from the one that is there.`;
}

function summaryOf({ archives }: ModelsReport, existing: OnExisting): string {
  const good = archives.filter(({ problems }) => problems.length === 0);
  const there = existing === "replace" ? 0 : good.filter(({ stored }) => stored === "same").length;
  const rest = there === 0 ? "" : `, ${there} ${there === 1 ? "is" : "are"} there already`;
  return `${countText(good.length - there, "model")} would be imported${rest}.`;
}

function documentOf({ archives, ignored, superseded }: ModelsReport) {
  return {
    archives: archives.map(({ file, tag, size, stored, problems }) => ({
      file,
      tag,
      size_bytes: size,
      stored,
      problems: problems.map(({ code, message, hint }) => ({ code, message, hint })),
    })),
    ignored,
    superseded,
  };
}
