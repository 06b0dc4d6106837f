import { type Terminal, styled } from "../terminal/terminal.js";
import { visible } from "./visible.js";

type Row = Readonly<Record<string, string>>;

/**
 * A table with a head.
 * @param columns the title of each column, by the name of its value in a row
 */
export async function itemTable(columns: Row, rows: readonly Row[], { outHasColor }: Terminal): Promise<string> {
  const { formatTable } = await import("./table.js");
  const head = Object.values(columns).map((title) => styled(title, "bold", outHasColor));
  const cells = rows.map((row) => Object.keys(columns).map((name) => visible(row[name] ?? "")));
  return formatTable(head, cells);
}
