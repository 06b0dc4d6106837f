import { BentoError } from "../errors.js";

/**
 * Reads the little of JSON that a safetensors header is made of: objects of a given form, text, lists of whole numbers. Its
 * own reader, because JSON.parse drops duplicate keys, rounds long numbers, and builds whatever depth a hostile header has
 * before anybody can look at it.
 */
export class HeaderText {
  readonly #text: string;
  #at = 0;

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
      const key = this.string(`a key of ${what}`);
      if (keys.has(key)) throw malformed(`${what} has the key ${quote(key)} twice.`);
      keys.add(key);
      this.#expect(":", `the key ${quote(key)}`);
      read(key);
    } while (this.#take(","));
    this.#expect("}", what);
  }

  /**
   * Reads `"text"`.
   * @throws BENTO_BAD_REQUEST
   */
  string(what: string): string {
    this.#skipBlanks();
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#unexpected(what);
    let end = start + 1;
    for (; ; end++) {
      const code = this.#text.charCodeAt(end);
      if (Number.isNaN(code)) throw malformed(`${what} has no end.`);
      if (code === 0x22) break;
      if (code === 0x5c) end++;
    }
    this.#at = end + 1;
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      throw malformed(`${what} is no JSON text: ${quote(this.#text.slice(start + 1, end))}.`);
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
      if (integers.length === most) throw malformed(`${what} has more than ${most} numbers.`);
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
    const digits = /(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;
    digits.lastIndex = this.#at;
    const found = digits.exec(this.#text)?.[0];
    const integer = Number(found);
    if (found === undefined || !Number.isSafeInteger(integer)) throw this.#unexpected(`a whole number below 2^53 of ${what}`);
    this.#at += found.length;
    return integer;
  }

  #expect(sign: string, what: string): void {
    if (!this.#take(sign)) throw this.#unexpected(`"${sign}" of ${what}`);
  }

  #take(sign: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    while (" \t\n\r".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #unexpected(due: string): BentoError {
    const found = this.#at < this.#text.length ? quote(this.#text.slice(this.#at, this.#at + 20)) : "the end";
    return malformed(`${due} is due at character ${this.#at} of the header, not ${found}.`);
  }
}

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
