/** A few words for what came in place of a value: its text where that is short, else what it is. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return value.length > 40 ? `text of ${value.length} characters` : JSON.stringify(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return nameOf(value);
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}

function nameOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  return constructor === Object || typeof constructor !== "function" ? "an object" : `an instance of ${constructor.name}`;
}
