import type { EndpointInfo } from "@bento/client";
import { wireNames } from "@bento/core";
import { paramNames } from "../calling/route-params.js";
import { inputText, shapeText } from "../calling/shape-text.js";
import { SchemaView } from "../calling/shapes.js";
import type { Terminal } from "../terminal/terminal.js";
import { itemTable } from "./item-table.js";

const columns = { name: "Endpoint", takes: "Takes", answers: "Answers", about: "About" };

/** A service's endpoints: how each is called here, and what it answers. */
export async function endpointTable(endpoints: readonly EndpointInfo[], terminal: Terminal): Promise<string> {
  const rows = endpoints.map(({ name, route, input, output, doc, stream, task }) => ({
    name,
    takes: [...paramNames(route).map((param) => `--${param} <text>`), inputText(new SchemaView(input))].join(" ").trim(),
    answers: `${stream ? "stream of " : ""}${shapeText(new SchemaView(itemOf(output)))}${task ? " (task)" : ""}`,
    about: doc?.trim().split("\n")[0] ?? "",
  }));
  return itemTable(columns, rows, terminal);
}

/** What the schema of an answer says besides the value's own is of no interest in a list. */
function itemOf({ [wireNames.isStream]: _stream, ...item }: EndpointInfo["output"]): EndpointInfo["output"] {
  return item;
}
