const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const bracket = 0x5b;
const backslash = 0x5c;
const bracketEnd = 0x5d;
const brace = 0x7b;
const braceEnd = 0x7d;

const plain = 0;
const separator = 1;
const opener = 2;
const closer = 3;
const text = 4;

/** How far a string is followed byte by byte before the search is left to native code, whose call costs as much. */
const shortText = 32;

/** What a byte means between strings. A table and no comparisons: nearly every byte is a plain one, and costs one look. */
const meanings = new Uint8Array(256);
meanings[comma] = separator;
meanings[bracket] = meanings[brace] = opener;
meanings[bracketEnd] = meanings[braceEnd] = closer;
meanings[quote] = text;

/**
 * Goes over the bytes of a JSON text, in one pass and without recursion, and takes it for well-formed: what it says of a
 * malformed one means nothing, but it always ends and never throws.
 */
export class JsonScan {
  /** The byte that comes next. */
  at = 0;
  /** Whether the object that was entered has come to its end. */
  hasClosed = false;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.at === this.#bytes.length;
  }

  isAt(character: "{" | "["): boolean {
    return this.#bytes[this.at] === (character === "{" ? brace : bracket);
  }

  skipSpace(): void {
    const bytes = this.#bytes;
    let at = this.at;
    for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = bytes[at]) at += 1;
    this.at = at;
  }

  /** Steps into an object; whether it has a member. */
  enter(): boolean {
    this.at += 1;
    this.skipSpace();
    return !this.#close();
  }

  /** Steps over what stands between two members; whether there is another one. */
  next(): boolean {
    this.skipSpace();
    if (this.#close() || this.#bytes[this.at] !== comma) return false;
    this.at += 1;
    this.skipSpace();
    return true;
  }

  /**
   * Reads the name of a member, and on to its value.
   * @returns which of the names it is, -1 for another, `undefined` when there is no name
   */
  readName(names: readonly Uint8Array[]): number | undefined {
    if (this.#bytes[this.at] !== quote) return undefined;
    const start = this.at + 1;
    this.at = start;
    if (!this.#skipText()) return undefined;
    const index = this.#isEscaped(start) ? this.#findEscaped(names, start) : this.#find(names, start);
    this.skipSpace();
    if (index === undefined || this.#bytes[this.at] !== colon) return undefined;
    this.at += 1;
    this.skipSpace();
    return index;
  }

  /** Steps over a value; whether there was one. */
  skipValue(): boolean {
    const bytes = this.#bytes;
    const start = this.at;
    const meaning = meanings[bytes[start] as number];
    if (meaning === opener || meaning === text) {
      this.at = start + 1;
      return meaning === text ? this.#skipText() : this.#leave(1) >= 0;
    }
    let at = start;
    while (at < bytes.length && meanings[bytes[at] as number] === plain && (bytes[at] as number) > 0x20) at += 1;
    this.at = at;
    return at > start;
  }

  /** Whether the array that comes next has a first item that is no array. */
  isFlat(): boolean {
    const start = this.at;
    this.at = start + 1;
    this.skipSpace();
    const first = this.#bytes[this.at];
    this.at = start;
    return first !== bracket && first !== bracketEnd;
  }

  /**
   * Steps over an array.
   * @returns how many items it has along a dimension, in its first row if that is a deeper one; `undefined` when it has no
   *   such dimension or does not end
   */
  countItems(dim: number): number | undefined {
    let open = 0;
    do {
      if (!this.isAt("[")) return undefined;
      this.at += 1;
      open += 1;
      this.skipSpace();
      if (this.#bytes[this.at] === bracketEnd) return this.#leave(open) >= 0 ? 0 : undefined;
    } while (open <= dim);
    const commas = this.#leave(1);
    if (commas < 0 || (dim > 0 && this.#leave(dim) < 0)) return undefined;
    return commas + 1;
  }

  /** The bytes since `start`, one character each: good for comparing only. */
  textFrom(start: number): string {
    return this.#bytes.toString("latin1", start, this.at);
  }

  #close(): boolean {
    if (this.#bytes[this.at] !== braceEnd) return false;
    this.at += 1;
    this.hasClosed = true;
    return true;
  }

  /** Steps over the ends of so many open containers; the commas that stood directly in the innermost, -1 without an end. */
  #leave(open: number): number {
    const bytes = this.#bytes;
    const end = bytes.length;
    let depth = open;
    let commas = 0;
    for (let at = this.at; ;) {
      let run = 0;
      // Four bytes at a time, and without a branch for the commas: twice as fast.
      for (; at <= end - 4; at += 4) {
        const a = meanings[bytes[at] as number] as number;
        const b = meanings[bytes[at + 1] as number] as number;
        const c = meanings[bytes[at + 2] as number] as number;
        const d = meanings[bytes[at + 3] as number] as number;
        if ((a | b | c | d) > separator) break;
        run += a + b + c + d;
      }
      let meaning = plain;
      for (; at < end && (meaning = meanings[bytes[at] as number] as number) <= separator; at += 1) run += meaning;
      if (at >= end) return -1;
      at += 1;
      if (depth === open) commas += run;
      if (meaning === opener) {
        depth += 1;
      } else if (meaning === closer) {
        depth -= 1;
        if (depth > 0) continue;
        this.at = at;
        return commas;
      } else {
        this.at = at;
        if (!this.#skipText()) return -1;
        at = this.at;
      }
    }
  }

  /** Steps over the rest of a string; whether it ends. */
  #skipText(): boolean {
    const bytes = this.#bytes;
    const end = bytes.length;
    let at = this.at;
    for (;;) {
      for (const near = Math.min(end, at + shortText); at < near; at += 1) {
        const byte = bytes[at];
        if (byte === backslash) {
          at += 1;
        } else if (byte === quote) {
          this.at = at + 1;
          return true;
        }
      }
      at = bytes.indexOf(quote, at);
      if (at < 0) return false;
      // Where the loop above stopped, an escape may have begun: what counts is the whole run of backslashes.
      let first = at;
      while (bytes[first - 1] === backslash) first -= 1;
      at += 1;
      if ((at - first) % 2 === 1) {
        this.at = at;
        return true;
      }
    }
  }

  /** Whether anything is escaped in the string that was just read. */
  #isEscaped(start: number): boolean {
    for (let at = start; at < this.at; at += 1) if (this.#bytes[at] === backslash) return true;
    return false;
  }

  /** Which name ends before the quote that was just read. */
  #find(names: readonly Uint8Array[], start: number): number {
    const bytes = this.#bytes;
    const length = this.at - 1 - start;
    return names.findIndex((name) => {
      if (name.length !== length) return false;
      for (let index = 0; index < length; index += 1) if (name[index] !== bytes[start + index]) return false;
      return true;
    });
  }

  /** Hardly anybody escapes a name, so that it may cost more. */
  #findEscaped(names: readonly Uint8Array[], start: number): number | undefined {
    const quoted = Buffer.from(this.#bytes.subarray(start - 1, this.at)).toString();
    try {
      const name = Buffer.from(JSON.parse(quoted) as string);
      return names.findIndex((other) => name.equals(other));
    } catch {
      return undefined;
    }
  }
}
