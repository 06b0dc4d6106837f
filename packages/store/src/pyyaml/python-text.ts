import { PlainDate } from "../model/plain-date.js";
import { isoFormat } from "../model/python-time.js";
import { typedEntries, typedItems, WholeFloat } from "./containers.js";

/** Python's `repr` of a float: the shortest digits that read back, always with a fraction or an exponent. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const [mantissa, power] = value.toExponential().split("e") as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/** Whether a number is an integer to Python: what is beyond 2^53 was a float, or it would be a `bigint`. */
export function isPythonInt(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** Python's `str(value)`: what it makes of a label or version that is no text. */
export function pythonText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof PlainDate) return value.toString();
  if (value instanceof Date) return isoFormat(value).replace("T", " ");
  return pythonRepr(value);
}

function pythonRepr(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return isPythonInt(value) ? String(value) : floatText(value);
  if (value instanceof WholeFloat) return floatText(value.value);
  if (typeof value === "string") return quoted(value);
  if (value instanceof PlainDate) return `datetime.date(${value.year}, ${value.month}, ${value.day})`;
  if (value instanceof Uint8Array) return `b${quoted(Buffer.from(value).toString("latin1"))}`;
  if (Array.isArray(value)) return `[${typedItems(value).map(pythonRepr).join(", ")}]`;
  if (value instanceof Set) return value.size === 0 ? "set()" : `{${[...value].map(pythonRepr).join(", ")}}`;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return isoFormat(value).replace("T", " ");
  if (typeof value !== "object") return typeof value;
  const entries = typedEntries(value).map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`);
  return `{${entries.join(", ")}}`;
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  // oxlint-disable-next-line no-control-regex -- control characters are what Python escapes
  const escaped = text.replace(/[\\\0-\x1F\x7F-\xA0\xAD]|'/g, (found) => {
    if (found === "'") return quote === "'" ? "\\'" : found;
    const short = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }[found];
    return short ?? `\\x${found.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return quote + escaped + quote;
}
