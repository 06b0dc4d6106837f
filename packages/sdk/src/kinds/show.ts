/** A few words for what came in place of a value: its text where that is short, else what it is. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  switch (typeof value) {
    case "string":
      return value.length > 40 ? `text of ${value.length} characters` : JSON.stringify(value);
    case "object":
      return nameOf(value);
    case "function":
      return "a function";
    default:
      return String(value);
  }
}

function nameOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  return constructor === Object || typeof constructor !== "function" ? "an object" : `an instance of ${constructor.name}`;
}
