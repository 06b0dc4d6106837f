import { BentoError } from "@bento/core";
import { PlainDate } from "../model/plain-date.js";
import { isoFormat } from "../model/python-time.js";
import { typedEntries, typedItems, WholeFloat } from "./containers.js";
import { floatText, isPythonInt } from "./python-text.js";
import { lookAt, stringStyle } from "./scalar-style.js";
import { TextWriter } from "./text-writer.js";

/** Options of {@link dumpPyYaml}. */
export interface DumpOptions {
  /** How a `Date` is written: as a YAML timestamp (default), or as ISO text, as BentoML does. */
  readonly times?: "timestamp" | "text";
}

/**
 * Writes a value byte for byte as PyYAML's `safe_dump(value, sort_keys=False)`: pure ASCII, block style, lines folded at
 * 80 columns, strings quoted that YAML 1.1 would take for something else.
 *
 * A number is an integer if it is one within 2^53 and not `-0`, else a float. {@link WholeFloat} writes `1.0`, which is
 * also what a number becomes that a reader of this package found written so. A {@link PlainDate} that occurs twice
 * becomes an anchor and an alias, as in Python; other values are written out each time.
 * @throws BENTO_MODEL_INVALID for what YAML cannot hold (functions, symbols, `undefined`, class instances), for cycles,
 * and for nesting beyond 256 levels
 */
export function dumpPyYaml(value: unknown, options: DumpOptions = {}): string {
  return new Dumper(options, value).dump(value);
}

/** Where a node stands: alone, behind "key:", or behind an indicator ("- ", "? ", ": ") on whose line it may begin. */
type Place = "root" | "value" | "item";

/** A scalar that is no string: always plain. */
interface Token {
  readonly text: string;
  /** Short form of its tag, which counts in the length of a key. */
  readonly tag: string;
}

const maxDepth = 256;
/** The longest key on one line, with its tag ("!!str"). */
const maxKeyLength = 127;

class Dumper {
  readonly #options: DumpOptions;
  readonly #out = new TextWriter();
  /** Names of the dates that occur more than once; `undefined` as long as one was seen only once. */
  readonly #anchors = new Map<PlainDate, string | undefined>();
  readonly #written = new Set<PlainDate>();
  #anchorCount = 0;
  #depth = 0;

  constructor(options: DumpOptions, root: unknown) {
    this.#options = options;
    this.#findRepeated(root);
  }

  dump(value: unknown): string {
    this.#node(value, 0, "root");
    const text = this.#out.finish();
    return this.#endsOpen(value) ? `${text}...\n` : text;
  }

  /** A plain scalar alone in its document is closed by a mark. */
  #endsOpen(value: unknown): boolean {
    if (typeof value === "string") return stringStyle(value, lookAt(value), false) === "plain";
    return this.#token(value) !== undefined;
  }

  #findRepeated(value: unknown): void {
    if (value instanceof PlainDate) {
      if (!this.#anchors.has(value)) this.#anchors.set(value, undefined);
      else if (this.#anchors.get(value) === undefined) {
        this.#anchorCount += 1;
        this.#anchors.set(value, `id${String(this.#anchorCount).padStart(3, "0")}`);
      }
      return;
    }
    if (!isCollection(value)) return;
    this.#depth += 1;
    if (this.#depth > maxDepth) throw refuse(`Data nested deeper than ${maxDepth} levels, or within itself,`);
    if (Array.isArray(value)) for (const item of value) this.#findRepeated(item);
    else {
      for (const [key, item] of entriesOf(value)) {
        this.#findRepeated(key);
        this.#findRepeated(item);
      }
    }
    this.#depth -= 1;
  }

  #node(value: unknown, indent: number, place: Place): void {
    if (Array.isArray(value)) this.#list(typedItems(value), indent, place);
    else if (isCollection(value)) this.#map(value, indent, place);
    else {
      if (place !== "root") this.#out.put(" ");
      this.#scalar(value, { indent: indent + 2, key: false });
    }
  }

  #list(items: readonly unknown[], indent: number, place: Place): void {
    if (items.length === 0) return this.#out.put(place === "root" ? "[]" : " []");
    // Behind "key:" the dashes stand below the key itself.
    const inner = place === "item" ? indent + 2 : indent;
    for (const [i, item] of items.entries()) {
      this.#begin(i === 0, inner, place);
      this.#out.put("-");
      this.#node(item, inner, "item");
    }
  }

  #map(map: object, indent: number, place: Place): void {
    const set = map instanceof Set;
    if (set) this.#out.put(place === "root" ? "!!set" : " !!set");
    const entries = entriesOf(map);
    if (entries.length === 0) return this.#out.put(place === "root" && !set ? "{}" : " {}");
    const inner = place === "root" ? 0 : indent + 2;
    for (const [i, [key, value]] of entries.entries()) {
      this.#begin(i === 0, inner, set ? "value" : place);
      if (this.#isSimpleKey(key)) {
        this.#scalar(key, { indent: inner + 2, key: true });
        this.#out.put(":");
        this.#node(value, inner, "value");
      } else {
        this.#out.put("? ");
        this.#scalar(key, { indent: inner + 2, key: false });
        this.#out.line(inner);
        this.#out.put(":");
        this.#node(value, inner, "item");
      }
    }
  }

  #begin(first: boolean, indent: number, place: Place): void {
    if (first && place === "item") this.#out.put(" ");
    else this.#out.line(indent);
  }

  #isSimpleKey(key: unknown): boolean {
    if (typeof key === "string") return key !== "" && Array.from(key).length <= maxKeyLength - "!!str".length && !lookAt(key).multiline;
    if (key instanceof Uint8Array) return key.length === 0;
    const token = this.#token(key);
    return token === undefined || token.tag.length + token.text.length <= maxKeyLength;
  }

  #scalar(value: unknown, { indent, key }: { indent: number; key: boolean }): void {
    const place = { indent, fold: !key };
    const text = value instanceof Date && this.#options.times === "text" ? timeText(value).replace(" ", "T") : value;
    if (typeof text === "string") return this.#out.scalar(text, stringStyle(text, lookAt(text), key), place);
    if (value instanceof Uint8Array) return this.#bytes(value, indent);
    const token = this.#token(value);
    if (token === undefined) throw refuse(`A value of type ${typeName(value)}`);
    this.#out.scalar(token.text, "plain", place);
    if (value instanceof PlainDate) this.#written.add(value);
  }

  #bytes(bytes: Uint8Array, indent: number): void {
    const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      .toString("base64")
      .match(/.{1,76}/g);
    this.#out.put(lines === null ? '!!binary ""' : "!!binary ");
    if (lines !== null) this.#out.literal(lines, indent);
  }

  #token(value: unknown): Token | undefined {
    if (value === null) return { text: "null", tag: "!!null" };
    if (typeof value === "boolean") return { text: String(value), tag: "!!bool" };
    if (typeof value === "bigint" || (typeof value === "number" && isPythonInt(value))) return { text: String(value), tag: "!!int" };
    if (typeof value === "number") return { text: yamlFloat(value), tag: "!!float" };
    if (value instanceof WholeFloat) return { text: yamlFloat(value.value), tag: "!!float" };
    if (value instanceof PlainDate) return { text: this.#dateText(value), tag: "!!timestamp" };
    if (value instanceof Date) return { text: timeText(value), tag: "!!timestamp" };
    return undefined;
  }

  #dateText(date: PlainDate): string {
    const anchor = this.#anchors.get(date);
    if (anchor === undefined) return date.toString();
    return this.#written.has(date) ? `*${anchor}` : `&${anchor} ${date.toString()}`;
  }
}

function yamlFloat(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value < 0 ? "-.inf" : ".inf";
  const text = floatText(value);
  return text.includes(".") ? text : text.replace("e", ".0e");
}

function timeText(date: Date): string {
  const year = date.getUTCFullYear();
  // The comparison is false for an invalid date too.
  if (!(year >= 1 && year <= 9999)) throw refuse("A time outside of the years 1 to 9999");
  return isoFormat(date).replace("T", " ");
}

/** Lists, maps and sets; of objects only plain ones. */
function isCollection(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function entriesOf(map: object): readonly (readonly [unknown, unknown])[] {
  return map instanceof Set ? [...map].map((key) => [key, null] as const) : typedEntries(map);
}

function refuse(what: string): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", `${what} cannot be written as YAML.`);
}

function typeName(value: unknown): string {
  return typeof value === "object" && value !== null ? (value.constructor?.name ?? "object") : typeof value;
}
