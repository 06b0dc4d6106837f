import { BentoError } from "@bento/core";
import { makeList, makeMap } from "./containers.js";
import { PlainScalar, type ReadOptions } from "./plain-scalar.js";
import { resolvePlain } from "./resolve.js";

const printable = /^[\n\x20-\x7E]*$/;
const plainStart = /^(?:[\w./+(;<=~^$\\]|-[\w.])/;
const simpleKey = /^(?:\w|\.\w)[\w.\-/+ ]*$/;
const maxKeyLength = 100;
const maxDepth = 50;

/**
 * Reads the plain documents that make up nearly every store, some twenty times faster than the library: block maps and
 * lists of one-line scalars in ASCII, `{}` and `[]`. Anything else, broken documents included, gives `undefined` and is
 * the library's to read. What it accepts it reads exactly as the library path does.
 */
export function readSimple(text: string, options: ReadOptions = {}): object | undefined {
  if (!printable.test(text)) return undefined;
  try {
    return new SimpleReader(text, options).document();
  } catch (error) {
    // A scalar that cannot be read, such as the date 2024-02-30: the library path says where.
    if (error === notSimple || BentoError.is(error, "BENTO_MODEL_INVALID")) return undefined;
    throw error;
  }
}

const notSimple = new Error("not a simple document");

class SimpleReader {
  readonly #text: string;
  readonly #keepText: ReadonlySet<string> | undefined;
  /** Column at which the current line's content starts; -1 after the last line. */
  #column = -1;
  /** The rest of the current line. */
  #line = "";
  #next = 0;

  constructor(text: string, options: ReadOptions) {
    this.#text = text;
    this.#keepText = options.keepText;
    this.#advance();
  }

  document(): object {
    if (this.#column !== 0 || isItem(this.#line)) throw notSimple;
    const map = this.#map(0, 0);
    if (!this.#done()) throw notSimple;
    return map;
  }

  #done(): boolean {
    return this.#column === -1;
  }

  #advance(): void {
    const start = this.#next;
    if (start >= this.#text.length) {
      this.#column = -1;
      this.#line = "";
      return;
    }
    const newline = this.#text.indexOf("\n", start);
    const end = newline === -1 ? this.#text.length : newline;
    let content = start;
    while (this.#text.charCodeAt(content) === 32) content++;
    if (content >= end || this.#text.charCodeAt(end - 1) === 32) throw notSimple;
    this.#column = content - start;
    this.#line = this.#text.slice(content, end);
    this.#next = end + 1;
  }

  #map(column: number, depth: number): object {
    if (depth > maxDepth) throw notSimple;
    const keys: unknown[] = [];
    const values: unknown[] = [];
    while (this.#column === column) {
      if (isItem(this.#line)) break;
      const { key, rest } = splitEntry(this.#line);
      keys.push(key);
      values.push(rest === "" ? this.#below(column, depth) : this.#inline(rest, depth === 0 && this.#keeps(key)));
    }
    if (this.#column > column) throw notSimple;
    return makeMap(keys, values);
  }

  #list(column: number, depth: number): unknown[] {
    if (depth > maxDepth) throw notSimple;
    const values: unknown[] = [];
    while (this.#column === column && isItem(this.#line)) {
      const rest = this.#line.slice(2);
      if (rest.charCodeAt(0) === 32) throw notSimple;
      if (isItem(rest)) {
        this.#enter(rest);
        values.push(this.#list(this.#column, depth + 1));
      } else if (isEntry(rest)) {
        this.#enter(rest);
        values.push(this.#map(this.#column, depth + 1));
      } else values.push(this.#inline(rest, false));
    }
    if (this.#column > column) throw notSimple;
    return values.length === 0 ? values : makeList(values);
  }

  /** Goes on behind "- ", as if the rest were a line of its own. */
  #enter(rest: string): void {
    this.#column += 2;
    this.#line = rest;
  }

  /** The value of a key that has none on its own line. */
  #below(column: number, depth: number): unknown {
    this.#advance();
    if (this.#column > column) return isItem(this.#line) ? this.#list(this.#column, depth + 1) : this.#map(this.#column, depth + 1);
    return this.#column === column && isItem(this.#line) ? this.#list(column, depth + 1) : null;
  }

  #keeps(key: unknown): boolean {
    return this.#keepText !== undefined && this.#keepText.has(key as string);
  }

  #inline(text: string, keepText: boolean): unknown {
    const value = readScalar(text, keepText);
    this.#advance();
    return value;
  }
}

function isItem(line: string): boolean {
  return line.charCodeAt(0) === 45 && line.charCodeAt(1) === 32;
}

/** Whether what stands behind "- " is the first entry of a map. */
function isEntry(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first === 39) return text.charCodeAt(closingQuote(text) + 1) === 58;
  return text.endsWith(":") || text.includes(": ");
}

function splitEntry(line: string): { key: unknown; rest: string } {
  if (line.charCodeAt(0) === 39) {
    const end = closingQuote(line) + 1;
    return { key: unquote(line.slice(0, end)), rest: behindColon(line, end) };
  }
  const colon = line.indexOf(": ");
  const end = colon === -1 ? line.length - 1 : colon;
  const key = line.slice(0, end);
  if (key.length > maxKeyLength || !simpleKey.test(key) || key.charCodeAt(key.length - 1) === 32) throw notSimple;
  return { key: resolvePlain(key), rest: behindColon(line, end) };
}

function behindColon(line: string, at: number): string {
  if (at > maxKeyLength || line.charCodeAt(at) !== 58) throw notSimple;
  if (at === line.length - 1) return "";
  const second = line.charCodeAt(at + 2);
  if (line.charCodeAt(at + 1) !== 32 || second === 32) throw notSimple;
  return line.slice(at + 2);
}

function readScalar(text: string, keepText: boolean): unknown {
  const first = text.charCodeAt(0);
  if (first === 39) {
    if (closingQuote(text) !== text.length - 1) throw notSimple;
    return unquote(text);
  }
  if (first === 123 && text === "{}") return {};
  if (first === 91 && text === "[]") return [];
  if (!plainStart.test(text) || text.includes(": ") || text.includes(" #") || text.endsWith(":")) throw notSimple;
  const value = resolvePlain(text);
  return keepText ? new PlainScalar(text, value) : value;
}

/** Index of the quote that ends a single-quoted scalar. */
function closingQuote(text: string): number {
  for (let at = text.indexOf("'", 1); at !== -1; at = text.indexOf("'", at + 2)) {
    if (text.charCodeAt(at + 1) !== 39) return at;
  }
  throw notSimple;
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll("''", "'");
}
