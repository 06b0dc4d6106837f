/** What a cell as it was typed is to a server; `null` where nothing stands in it, `undefined` where it is not of its column's type. */
export function cellValue(text: string, type: unknown): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  switch (type) {
    case "number":
      return Number.isNaN(Number(trimmed)) ? undefined : Number(trimmed);
    case "boolean":
      return trimmed === "true" ? true : trimmed === "false" ? false : undefined;
    case "bigint":
      return /^-?\d+$/.test(trimmed) ? BigInt(trimmed) : undefined;
    case "date":
      return Number.isNaN(Date.parse(trimmed)) ? undefined : new Date(trimmed).toISOString();
    case "string":
      return text;
    default:
      return guessed(text, trimmed);
  }
}

/** Of a column whose type nobody said. */
function guessed(text: string, trimmed: string): unknown {
  if (trimmed === "true" || trimmed === "false") return trimmed === "true";
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text;
}

/** An example for a cell. */
export function exampleCell(type: unknown, row: number): string {
  switch (type) {
    case "string":
      return row === 0 ? "one" : "two";
    case "boolean":
      return String(row === 0);
    case "date":
      return `2026-01-0${row + 1}`;
    default:
      return String(row + 1);
  }
}
