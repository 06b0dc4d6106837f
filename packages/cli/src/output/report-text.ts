import type { ArchiveReport } from "@bento/store";
import type { Kind } from "../command/kind.js";
import type { SavedOutput } from "../command/saved-output.js";
import type { Terminal } from "../terminal/terminal.js";
import { countText } from "./count-text.js";
import { humanSize } from "./human-size.js";
import { itemTable } from "./item-table.js";
import { itemText } from "./item-text.js";
import { jsonText } from "./json-text.js";
import { visible } from "./visible.js";

type Report = ArchiveReport<unknown>;

/** What an import would take in. `path` names its files, which are nowhere yet: so that they can be read, not opened. */
export async function reportText(kind: Kind, report: Report, output: SavedOutput, terminal: Terminal): Promise<string> {
  if (output === "json") return `${jsonText(documentOf(report))}\n`;
  if (report.tag === undefined) return "";
  if (output === "tag") return `${report.tag}\n`;
  if (output === "path") return report.files.map(({ path }) => `${visible(path)}\n`).join("");
  const rows = report.files.map(({ path, size }) => ({ path, size: humanSize(size) }));
  const models = report.models.map(({ tag }) => `With it would come the model ${tag}.\n`);
  return `${sentence(kind, report)}\n${models.join("")}${await itemTable({ size: "Size", path: "File" }, rows, terminal)}`;
}

function sentence(kind: Kind, { tag, files, size, stored, problems }: Report): string {
  const item = tag === undefined ? kind.noun : itemText(kind, tag);
  const what = `${countText(files.length, "file")}, ${humanSize(size)}`;
  const there = { absent: "", same: "; the store has the same", different: "; the store has another with this tag" }[stored ?? "absent"];
  return `${item} would ${problems.length === 0 ? "" : "not "}be imported: ${what}${there}.`;
}

function documentOf({ tag, format, files, size, stored, models, problems }: Report) {
  return {
    tag,
    format,
    size_bytes: size,
    stored,
    files,
    models: models.map((model) => ({ tag: model.tag, size_bytes: model.size, stored: model.stored })),
    problems: problems.map(({ code, message, hint }) => ({ code, message, hint })),
  };
}
