import { stripVTControlCharacters } from "node:util";

import { EntryProblem } from "./entry-problem.js";

/** A complaint of swc: what is wrong, where, and the lines around it. What follows in its message are its own affairs. */
export function syntaxProblem(file: string, error: unknown): EntryProblem {
  const said = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  const parts = /^\s*[x×] (?<what>.*?)\s*\n\s*[,╭][-─]+\[.*?:(?<line>\d+):\d+\]\n(?<frame>.*?)\n\s*[`╰][-─]+/su.exec(said);
  const { what, line, frame } = parts?.groups ?? {};
  if (what === undefined || line === undefined || frame === undefined) {
    const [first = said] = said.split(/\n\s*\n/);
    return new EntryProblem(`${file} cannot be compiled: ${first.trim()}`);
  }
  return new EntryProblem(`${file}:${line}${columnOf(frame)}: ${what}\n${frame}`);
}

/** swc names the line and only draws the column. */
function columnOf(frame: string): string {
  const mark = /^(?<gutter>\s*[:·] )\s*(?=[\^─┬])/mu.exec(frame);
  return mark === null ? "" : `:${mark[0].length - (mark.groups?.["gutter"] ?? "").length + 1}`;
}
