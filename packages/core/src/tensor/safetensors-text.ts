import { BentoError } from "../errors.js";

/**
 * Reads the little of JSON that a safetensors header is made of: objects of a given form, text, lists of whole numbers. Its
 * own reader, because JSON.parse drops duplicate keys, rounds long numbers, and builds whatever depth a hostile header has
 * before anybody can look at it.
 */
export class HeaderText {
  readonly #text: string;
  #at = 0;
  /** The tensor that is being read, for errors. */
  #tensor: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Reads `{"key": value, ...}`, each value by `read`, which must take exactly that value.
   * @param what the object in words, for errors
   * @throws BENTO_BAD_REQUEST for a key that comes twice, and whatever is no object
   */
  object(what: string, read: (key: string) => void): void {
    this.#expect("{", what);
    const keys = new Set<string>();
    if (this.#take("}")) return;
    do {
      const key = this.string("a key");
      if (keys.has(key)) throw this.#malformed(`${what} has the key ${quote(key)} twice`);
      keys.add(key);
      this.#expect(":", "a key");
      read(key);
    } while (this.#take(","));
    this.#expect("}", what);
  }

  /** Reads the object that describes a tensor; errors name it. */
  tensor(name: string, read: (key: string) => void): void {
    this.#tensor = name;
    this.object("the entry", read);
    this.#tensor = undefined;
  }

  /**
   * Reads `"text"`.
   * @throws BENTO_BAD_REQUEST
   */
  string(what: string): string {
    this.#skipBlanks();
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#unexpected(what);
    let isPlain = true;
    let end = start + 1;
    for (; ; end++) {
      const code = this.#text.charCodeAt(end);
      if (Number.isNaN(code)) throw this.#malformed(`${what} has no end`);
      if (code === 0x22) break;
      if (code === 0x5c) end++;
      if (code === 0x5c || code < 0x20) isPlain = false;
    }
    this.#at = end + 1;
    if (isPlain) return this.#text.slice(start + 1, end);
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      throw this.#malformed(`${what} is no JSON text: ${quote(this.#text.slice(start + 1, end))}`);
    }
  }

  /**
   * Reads `[1, 2, ...]`, whole numbers from 0.
   * @param most how many there may be
   * @throws BENTO_BAD_REQUEST
   */
  integers(what: string, most: number): number[] {
    this.#expect("[", what);
    const integers: number[] = [];
    if (this.#take("]")) return integers;
    do {
      if (integers.length === most) throw this.#malformed(`more than ${most} numbers stand in ${what}`);
      integers.push(this.#integer(what));
    } while (this.#take(","));
    this.#expect("]", what);
    return integers;
  }

  /**
   * Only blanks are left.
   * @throws BENTO_BAD_REQUEST
   */
  end(): void {
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#unexpected("the end");
  }

  #integer(what: string): number {
    this.#skipBlanks();
    integerAt.lastIndex = this.#at;
    const found = integerAt.exec(this.#text)?.[0];
    const integer = Number(found);
    if (found === undefined || !Number.isSafeInteger(integer)) throw this.#unexpected(`a whole number below 2^53 in ${what}`);
    this.#at += found.length;
    return integer;
  }

  #expect(sign: string, what: string): void {
    if (!this.#take(sign)) throw this.#unexpected(`${what} with its "${sign}"`);
  }

  #take(sign: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    for (; ; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  #unexpected(due: string): BentoError {
    const found = this.#at < this.#text.length ? quote(this.#text.slice(this.#at, this.#at + 20)) : "the end";
    return this.#malformed(`${due} is due at character ${this.#at} of the header, not ${found}`);
  }

  /** The description of what is wrong is made only where something is: there may be a million entries. */
  #malformed(problem: string): BentoError {
    return malformed(this.#tensor === undefined ? `${problem}.` : `tensor ${quote(this.#tensor)}: ${problem}.`);
  }
}

const integerAt = /(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;

/** The error of bytes that are no safetensors. */
export function malformed(message: string): BentoError<"BENTO_BAD_REQUEST"> {
  return new BentoError("BENTO_BAD_REQUEST", `This is no safetensors: ${message}`, {
    hint: "Send what a safetensors library wrote, whole and unchanged.",
  });
}

/** A name as an error quotes it, cut where it is long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}...` : name);
}
