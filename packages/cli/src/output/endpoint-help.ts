import type { EndpointInfo } from "@bento/client";
import { wireNames } from "@bento/core";
import stringWidth from "string-width";
import { paramNames } from "../calling/route-params.js";
import { sampleValue } from "../calling/sample-value.js";
import { shapeText } from "../calling/shape-text.js";
import { SchemaView } from "../calling/shapes.js";
import { exampleText } from "../command/sub-command.js";
import { styled, type Terminal } from "../terminal/terminal.js";
import { answersBytes, savedAs } from "./bytes-answer.js";
import { answerShape, takenWords } from "./endpoint-table.js";
import { visible } from "./visible.js";
import { wrapped } from "./wrapped.js";

/** Columns where nobody looks at a terminal. */
const usualColumns = 80;

/** `bento client URL ENDPOINT --help`: what an endpoint does, takes and answers, with examples to copy. */
export function endpointHelp(endpoint: EndpointInfo, url: string, terminal: Terminal): string {
  const { name, doc, stream } = endpoint;
  const room = (terminal.outColumns() ?? usualColumns) - 1;
  const call = `bento client ${url} ${name}`;
  const about = doc?.trim().split("\n").map(visible).join("\n") ?? "";
  const parts = [
    wrapped([`Usage: ${visible(call)}`, ...takenWords(endpoint).map(visible)], room, "         "),
    ...(about === "" ? [] : [about]),
    ...argumentLines(endpoint, terminal, room),
    `Answers with ${visible(answerShape(endpoint))}${stream ? ": each item is printed as it comes, Ctrl-C ends the stream" : ""}.`,
  ];
  return `${parts.join("\n\n")}\n${visibleLines(exampleText(examples(endpoint, call)))}\n`;
}

function argumentLines({ route, input }: EndpointInfo, terminal: Terminal, room: number): readonly string[] {
  const view = new SchemaView(input);
  const rows = [
    ...paramNames(route).map((name) => [`--${name} <text>`, `a part of its path ${route}`] as const),
    ...view.propertyNames.map((name) => {
      const property = view.property(name) ?? view;
      const { description, default: given } = property.schema;
      const notes = [
        ...(typeof description === "string" ? [description.trim().split("\n")[0] ?? ""] : []),
        ...(given === undefined || given === null ? [] : [`(default: ${JSON.stringify(given)})`]),
        ...(view.required.includes(name) ? ["(required)"] : []),
      ];
      return [`--${name} <${shapeText(property)}>`, notes.join(" ")] as const;
    }),
  ];
  if (rows.length === 0) return [];
  const width = Math.min(Math.max(...rows.map(([term]) => stringWidth(visible(term)))), Math.floor(room / 2));
  const indent = " ".repeat(width + 4);
  const lines = rows.map(([term, note]) => {
    const shown = `  ${visible(term)}`;
    if (note === "") return shown;
    const isLong = stringWidth(shown) > width + 2;
    const before = isLong ? `${shown}\n` : "";
    const [first = "", ...others] = visible(note).split(" ");
    const start = isLong ? indent : shown + " ".repeat(indent.length - stringWidth(shown));
    return before + wrapped([start + first, ...others], room, indent);
  });
  return [`${styled("Arguments:", "bold", terminal.outHasColor)}\n${lines.join("\n")}`];
}

/** Lines to copy: with what must be given, with all of it as one value, and saved where it is a file. */
function examples({ name, route, input, output }: EndpointInfo, call: string): readonly string[] {
  const view = new SchemaView(input);
  const params = paramNames(route).map((param) => `--${param} ${param}`);
  const isRoot = input[wireNames.rootInput] === true && view.propertyNames.length === 0;
  const shown = view.required.length > 0 ? view.required : view.propertyNames.slice(0, 1);
  const values = isRoot ? [quoted(sampleValue(view))] : shown.map((key) => `--${key} ${quoted(sampleValue(view.property(key) ?? view))}`);
  const takesFiles = shown.some((key) => view.property(key)?.shapes().has("file"));
  const save = answersBytes(output) ? [`--save ${savedAs(name, output)}`] : [];
  return [
    [call, ...params, ...values, ...save].join(" "),
    ...(view.propertyNames.length > 0 && !takesFiles ? [[call, ...params, "@./input.json", ...save].join(" ")] : []),
    ...(save.length > 0 ? [] : [[call, ...params, ...values, "-o json"].join(" ")]),
  ];
}

/** As a shell reads it. */
function quoted(word: string): string {
  return /^[\w@.,:/+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}
