import { BentoError } from "@bento/core";
import { PlainDate } from "../model/plain-date.js";
import { readTimestamp } from "../model/python-time.js";
import { WholeFloat } from "./containers.js";

/**
 * How PyYAML's SafeLoader reads a plain scalar: YAML 1.1 with its own exceptions (`y` and `1e5` are text, `010` is 8).
 * @source PyYAML 6.0 `Resolver`: the patterns are its own, as they decide what a file means.
 */
const patterns = {
  bool: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  float:
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  int: /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  null: /^(?:~|null|Null|NULL|)$/,
  timestamp: /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
} as const;

/** The types that PyYAML tells by a plain scalar's look alone. */
export type ScalarKind = keyof typeof patterns | "merge" | "value" | "str";

/** Which type PyYAML gives a plain scalar. */
export function scalarKind(text: string): ScalarKind {
  const first = text.charCodeAt(0);
  // Only these can begin anything but a string: digits, "+-.", "<=~", and the first letters of the words.
  if ((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46) {
    if (patterns.int.test(text)) return "int";
    if (patterns.float.test(text)) return "float";
    return first >= 48 && patterns.timestamp.test(text) ? "timestamp" : "str";
  }
  if (text === "<<") return "merge";
  if (text === "=") return "value";
  if (text.length > 5) return "str";
  if (patterns.bool.test(text)) return "bool";
  return patterns.null.test(text) ? "null" : "str";
}

/**
 * The value that PyYAML makes of a plain scalar; a float without fraction comes as {@link WholeFloat}.
 * @throws BENTO_MODEL_INVALID for `=`, `<<`, and dates that do not exist
 */
export function resolvePlain(text: string): unknown {
  const kind = scalarKind(text);
  return kind === "str" ? text : constructScalar(kind, text);
}

/**
 * The value of a scalar whose type is known, from its look or from a tag such as `!!int`.
 * @throws BENTO_MODEL_INVALID when the text is no such value
 */
export function constructScalar(kind: ScalarKind, text: string): unknown {
  switch (kind) {
    case "str":
      return text;
    case "null":
      return null;
    case "bool":
      if (!/^(?:yes|no|true|false|on|off)$/i.test(text)) throw unreadable("boolean", text);
      return /^(?:yes|true|on)$/i.test(text);
    case "int":
      return readInt(text);
    case "float":
      return readFloat(text);
    case "timestamp":
      return readDate(text);
    case "merge":
    case "value":
      throw new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(text)} has a special meaning in YAML and cannot stand here.`, {
        hint: "Put it in quotes.",
      });
  }
}

/** Python converts no longer texts to integers either; it keeps hostile files from taking quadratic time. */
const maxDigits = 4300;

function readInt(text: string): number | bigint {
  const digits = text.replaceAll("_", "").replace(/^[-+]/, "");
  const negative = text.startsWith("-");
  if (digits.length > maxDigits) throw unreadable("integer", `${text.slice(0, 20)}...`);
  const magnitude = readMagnitude(digits);
  if (magnitude === undefined) throw unreadable("integer", text);
  if (typeof magnitude === "number") return negative && magnitude !== 0 ? -magnitude : magnitude;
  const exact = negative ? -magnitude : magnitude;
  return magnitude <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
}

function readMagnitude(digits: string): number | bigint | undefined {
  if (/^(?:0|[1-9]\d{0,14})$/.test(digits)) return Number(digits);
  if (/^0b[01]+$/.test(digits) || /^0x[\da-f]+$/i.test(digits) || /^[1-9]\d*$/.test(digits)) return BigInt(digits);
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits}`);
  if (/^\d+(?::\d+)+$/.test(digits)) return digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  return undefined;
}

function readFloat(text: string): unknown {
  const digits = text.replaceAll("_", "").toLowerCase().replace(/^[-+]/, "");
  const sign = text.startsWith("-") ? -1 : 1;
  return wrapFloat(sign * readMagnitudeOfFloat(digits, text));
}

function readMagnitudeOfFloat(digits: string, text: string): number {
  if (digits === ".inf") return Infinity;
  if (digits === ".nan") return Number.NaN;
  if (digits.length > maxDigits || !/^[\d.]/.test(digits) || /^0[xbo]/.test(digits)) throw unreadable("float", text.slice(0, 40));
  const parts = digits.split(":").map((part) => (part === "" ? Number.NaN : Number(part)));
  if (parts.some(Number.isNaN)) throw unreadable("float", text);
  return parts.reduceRight((sum, part, i) => sum + part * 60 ** (parts.length - 1 - i), 0);
}

/** A float that the writer could not tell from an integer, wrapped. */
function wrapFloat(value: number): unknown {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? new WholeFloat(value) : value;
}

function readDate(text: string): PlainDate | Date {
  if (/^\d{4}-\d\d?-\d\d?$/.test(text)) {
    const [year, month, day] = text.split("-").map(Number);
    return new PlainDate(year as number, month as number, day as number);
  }
  const time = readTimestamp(text);
  if (time === undefined) throw unreadable("time", text);
  return time.date;
}

function unreadable(what: string, text: string): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(text)} is not a valid ${what}.`);
}
