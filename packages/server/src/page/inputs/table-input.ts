import type { JsonSchema } from "@bento/core";

import { fromColumns, fromRecords, parseCells, parseTable, type TextTable } from "../csv.js";
import { button, h, newId, tellChange } from "../dom.js";
import { countText } from "../numbers.js";
import { isRecord, listOf } from "../schema.js";
import { type Input, InputProblem, type Key } from "./input.js";
import { cellValue, exampleCell } from "./cell-values.js";

/** Rows that can be edited; what was pasted beyond them is sent all the same. */
const mostEdited = 100;

/** A table to be filled in cell by cell, or pasted as CSV or JSON. */
export function tableInput(schema: JsonSchema, initial: unknown): Input {
  const grid = new Grid(schema, initial);
  const text = h("textarea", {
    class: "code",
    rows: 4,
    spellcheck: "false",
    "aria-label": "Table as CSV or JSON",
    placeholder: "name,age\nAda,36",
  });
  const told = h("p", { class: "problem", role: "alert", hidden: true });
  const use = (): void => {
    const table = parseTable(text.value);
    told.hidden = table !== undefined && table.columns.length > 0;
    told.textContent = "There is no table in this text: give CSV with names in its first line, or JSON.";
    if (!told.hidden || table === undefined) return;
    grid.fill(table);
    details.open = false;
    tellChange(grid.element);
  };
  const file = h("input", { type: "file", accept: ".csv,.tsv,.json,text/csv,application/json", "aria-label": "File with a table" });
  file.addEventListener(
    "change",
    () =>
      void file.files?.[0]
        ?.text()
        .then((content) => (text.value = content))
        .then(use),
  );
  // What is typed here is no value yet.
  const details = h(
    "details",
    { class: "paste" },
    h("summary", {}, "Paste CSV or JSON"),
    text,
    told,
    h("div", { class: "row" }, button("Use as table", use), file),
  );
  return {
    element: h("div", {}, grid.element, details),
    read: () => grid.read(),
    mark: (path, message) => grid.mark(path, message),
    clear: () => grid.clear(),
  };
}

/** The cells of a table, as they are typed. */
class Grid {
  readonly element = h("div", { class: "table-input" });
  readonly #problem = h("p", { class: "problem", id: newId(), hidden: true });
  readonly #types: Readonly<Record<string, unknown>>;
  readonly #isOpen: boolean;
  #columns: string[];
  #rows: string[][];

  constructor(schema: JsonSchema, initial: unknown) {
    const names = listOf(schema["columns"]).map(String);
    this.#types = isRecord(schema["x-bento-columns"]) ? schema["x-bento-columns"] : {};
    this.#isOpen = names.length === 0;
    this.#columns = this.#isOpen ? ["a", "b"] : names;
    this.#rows = [0, 1].map((row) => this.#columns.map((name) => exampleCell(this.#types[name], row)));
    const given = Array.isArray(initial) ? fromRecords(initial) : isRecord(initial) ? fromColumns(initial) : undefined;
    if (given === undefined) this.#draw();
    else this.fill(given);
  }

  /** Takes a table; of columns that are fixed, those that it has. */
  fill({ columns, rows }: TextTable): void {
    if (this.#isOpen) this.#columns = [...columns];
    const from = this.#columns.map((name) => columns.indexOf(name));
    this.#rows = rows.map((row) => from.map((column) => row[column] ?? ""));
    this.#draw();
  }

  /** Its rows, as a server reads them. @throws InputProblem naming row and column */
  read(): unknown {
    const unnamed = this.#columns.findIndex((name, index) => name === "" || this.#columns.indexOf(name) !== index);
    if (unnamed >= 0) throw new InputProblem(`Give column ${unnamed + 1} a name of its own.`);
    return this.#rows.map((row, index) =>
      Object.fromEntries(row.map((cell, column) => [this.#columns[column], this.#value(cell, index, column)])),
    );
  }

  #value(cell: string, row: number, column: number): unknown {
    const name = this.#columns[column] ?? "";
    const value = cellValue(cell, this.#types[name]);
    if (value === undefined) throw new InputProblem(`Give a ${String(this.#types[name])}, not ${JSON.stringify(cell)}.`, [row, name]);
    return value;
  }

  /** Says what is wrong with a cell, and marks it where it can be edited. */
  mark([row, name]: readonly Key[], message: string): boolean {
    if (typeof row !== "number" || name === undefined) return false;
    const cell = this.element.querySelectorAll("tbody tr")[row]?.querySelectorAll("input")[this.#columns.indexOf(String(name))];
    cell?.setAttribute("aria-invalid", "true");
    cell?.setAttribute("aria-describedby", this.#problem.id);
    this.#problem.append(`Row ${row + 1}, ${name}: ${message} `);
    this.#problem.hidden = false;
    return true;
  }

  clear(): void {
    this.#problem.textContent = "";
    this.#problem.hidden = true;
    for (const cell of this.element.querySelectorAll("[aria-invalid]")) cell.removeAttribute("aria-invalid");
  }

  #draw(): void {
    const head = this.#columns.map((name, column) => h("th", { scope: "col" }, this.#isOpen ? this.#nameInput(name, column) : name));
    const body = this.#rows.slice(0, mostEdited).map((row, index) => this.#drawRow(row, index));
    const table = h("table", {}, h("thead", {}, h("tr", {}, ...head, h("td"))), h("tbody", {}, ...body));
    const left = this.#rows.length - body.length;
    const actions = h(
      "div",
      { class: "row" },
      button("Add a row", () => this.#addRow()),
    );
    if (this.#isOpen) actions.append(button("Add a column", () => this.#addColumn()));
    actions.append(h("span", { class: "quiet" }, left > 0 ? `and ${countText(left, "more row")}` : countText(body.length, "row")));
    this.element.replaceChildren(h("div", { class: "scroll" }, table), this.#problem, actions);
  }

  #drawRow(row: string[], index: number): HTMLElement {
    const cells = row.map((value, column) => {
      const cell = h("input", { value, "aria-label": `${this.#columns[column]}, row ${index + 1}`, spellcheck: "false" });
      cell.addEventListener("input", () => (row[column] = cell.value));
      cell.addEventListener("paste", (event) => this.#paste(event, index, column));
      cell.addEventListener("keydown", (event) => this.#goDown(event, index, column));
      return h("td", {}, cell);
    });
    const remove = button("×", () => this.#change(() => this.#rows.splice(index, 1)), {
      class: "quiet",
      "aria-label": `Remove row ${index + 1}`,
    });
    return h("tr", {}, ...cells, h("td", {}, remove));
  }

  /** Cells as a spreadsheet copies them, from here on. */
  #paste(event: ClipboardEvent, row: number, column: number): void {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    this.#change(() => {
      for (const [down, cells] of parseCells(text).entries()) {
        const target = (this.#rows[row + down] ??= this.#columns.map(() => ""));
        for (const [right, cell] of cells.entries()) if (column + right < target.length) target[column + right] = cell;
      }
    });
  }

  /** As in a spreadsheet, Enter goes to the row below; it would call the endpoint. */
  #goDown(event: KeyboardEvent, row: number, column: number): void {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const below = this.element.querySelectorAll("tbody tr")[row + 1];
    below?.querySelectorAll<HTMLElement>("td input")[column]?.focus();
  }

  #nameInput(name: string, column: number): HTMLElement {
    const input = h("input", { value: name, "aria-label": `Name of column ${column + 1}`, spellcheck: "false" });
    input.addEventListener("input", () => (this.#columns[column] = input.value));
    return input;
  }

  #addRow(): void {
    this.#change(() => this.#rows.push(this.#columns.map(() => "")));
    this.element.querySelector<HTMLElement>("tbody tr:last-child input")?.focus();
  }

  #addColumn(): void {
    this.#change(() => {
      this.#columns.push(`column ${this.#columns.length + 1}`);
      for (const row of this.#rows) row.push("");
    });
  }

  #change(change: () => void): void {
    change();
    this.#draw();
    tellChange(this.element);
  }
}
