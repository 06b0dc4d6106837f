import type { EndpointInfo } from "@bento/client";
import { wireNames } from "@bento/core";
import stringWidth from "string-width";
import { paramNames } from "../calling/route-params.js";
import { inputWords, shapeText } from "../calling/shape-text.js";
import { SchemaView } from "../calling/shapes.js";
import { styled, type Terminal } from "../terminal/terminal.js";
import { itemTable } from "./item-table.js";
import { visible } from "./visible.js";
import { wrapped } from "./wrapped.js";

const columns = { name: "Endpoint", takes: "Takes", answers: "Answers", about: "About" };

/** A service's endpoints: how each is called here, and what it answers. In a window that is too narrow for a table, one below the other. */
export async function endpointTable(endpoints: readonly EndpointInfo[], terminal: Terminal): Promise<string> {
  const rows = endpoints.map((endpoint) => ({
    name: endpoint.name,
    takes: takenWords(endpoint).join(" "),
    answers: answerShape(endpoint),
    about: endpoint.doc?.trim().split("\n")[0] ?? "",
  }));
  const table = await itemTable(columns, rows, terminal);
  const room = terminal.outColumns();
  if (room === undefined || table.split("\n").every((line) => stringWidth(line) <= room)) return table;
  return endpoints.map((endpoint, at) => endpointLines(endpoint, rows[at]?.about ?? "", terminal, room)).join("\n");
}

/** What an endpoint takes, as it is written on the command line, word by word: `--images <tensor>`, `[--top <integer>]`. */
export function takenWords({ route, input }: EndpointInfo): readonly string[] {
  return [...paramNames(route).map((param) => `--${param} <text>`), ...inputWords(new SchemaView(input))];
}

/** What an endpoint answers with, in a few words. */
export function answerShape({ output, stream, task }: EndpointInfo): string {
  // What the schema of an answer says besides the value's own is of no interest here.
  const { [wireNames.isStream]: _stream, ...item } = output;
  return `${stream ? "stream of " : ""}${shapeText(new SchemaView(item))}${task ? " (task)" : ""}`;
}

function endpointLines(endpoint: EndpointInfo, about: string, { outHasColor }: Terminal, room: number): string {
  const name = styled(visible(endpoint.name), "bold", outHasColor);
  const takes = takenWords(endpoint).map(visible);
  const lines = [about === "" ? name : `${name}  ${visible(about)}`];
  if (takes.length > 0) lines.push(wrapped([`    ${takes[0]}`, ...takes.slice(1)], room, "      "));
  return `${lines.join("\n")}\n    -> ${visible(answerShape(endpoint))}\n`;
}
