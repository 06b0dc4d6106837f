import { cellText, fromColumns, fromRecords } from "../csv.js";
import { h } from "../dom.js";
import { countText } from "../numbers.js";
import { isRecord } from "../schema.js";

const mostRows = 200;
const mostColumns = 50;

/** A table from rows or columns as they stand in JSON; `undefined` for what is none. Of a large one, its beginning. */
export function tableView(value: unknown): HTMLElement | undefined {
  const isRows = Array.isArray(value);
  if (!isRows && !isRecord(value)) return undefined;
  const { columns, rows } = isRows ? fromRecords(value) : fromColumns(value);
  const shown = columns.slice(0, mostColumns);
  const numeric = shown.map((_, column) => rows.slice(0, mostRows).every((row) => isNumeric(row[column] ?? "")));
  const head = shown.map((name, column) => h("th", { scope: "col", class: numeric[column] ? "number" : undefined }, name));
  const body = rows.slice(0, mostRows).map((row) => {
    const cells = row
      .slice(0, mostColumns)
      .map((cell, column) => h("td", { class: numeric[column] ? "number" : undefined }, cellText(cell)));
    return h("tr", {}, ...cells);
  });
  const table = h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body));
  const told = `${countText(rows.length, "row")}, ${countText(columns.length, "column")}`;
  const cut = rows.length > mostRows || columns.length > mostColumns ? `; the first ${Math.min(mostRows, rows.length)} rows are shown` : "";
  const frame = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table" }, table);
  return h(
    "div",
    {},
    frame,
    h("p", { class: "cut" }, `${told}${cut}${columns.length > mostColumns ? `, ${mostColumns} columns of each` : ""}.`),
  );
}

function isNumeric(cell: string): boolean {
  return cell === "" || !Number.isNaN(Number(cell));
}
