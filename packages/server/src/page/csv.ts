/** A table as text: the names of its columns, and its cells as they were typed. */
export interface TextTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Lines of cells in CSV (RFC 4180), or parted by tabs as spreadsheets copy them. */
export function parseCells(text: string): string[][] {
  const [first = ""] = text.replaceAll(/"(?:[^"]|"")*"/g, "").split(/[\r\n]/, 1);
  const separator = first.includes("\t") ? "\t" : first.split(";").length > first.split(",").length ? ";" : ",";
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[(at += 1)];
      else isQuoted = false;
    } else if (character === '"' && cell === "") isQuoted = true;
    else if (character === separator) {
      row.push(cell);
      cell = "";
    } else if (character === "\n" || character === "\r") {
      if (character === "\r" && text[at + 1] === "\n") at += 1;
      rows.push([...row, cell]);
      row = [];
      cell = "";
    } else cell += character;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows.filter((cells) => cells.length > 1 || cells[0] !== "");
}

/** A table from what somebody pasted: JSON as rows or as columns, else CSV with its names in the first line. */
export function parseTable(text: string): TextTable | undefined {
  const value = jsonOf(text);
  if (value === undefined) {
    const [columns, ...rows] = parseCells(text.trim());
    return columns === undefined ? undefined : { columns, rows };
  }
  if (Array.isArray(value)) return fromRecords(value);
  return typeof value === "object" && value !== null ? fromColumns(value as Readonly<Record<string, unknown>>) : undefined;
}

function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The table of a list of rows: objects, or lists of cells without names. */
export function fromRecords(records: readonly unknown[]): TextTable {
  const names = new Set(records.flatMap((record) => Object.keys(record ?? {})));
  const columns = [...names];
  const rows = records.map((record) => columns.map((name) => cellText((record as Readonly<Record<string, unknown>> | null)?.[name])));
  return { columns, rows };
}

/** The table of an object of columns. */
export function fromColumns(columns: Readonly<Record<string, unknown>>): TextTable {
  const lists = Object.values(columns).map((column) => (Array.isArray(column) ? (column as unknown[]) : []));
  const length = Math.max(0, ...lists.map((column) => column.length));
  return { columns: Object.keys(columns), rows: Array.from({ length }, (_, row) => lists.map((column) => cellText(column[row]))) };
}

/** A cell in words; `""` for one that is missing. */
export function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "string") return cell;
  return typeof cell === "bigint" ? String(cell) : JSON.stringify(cell, digits);
}

function digits(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
