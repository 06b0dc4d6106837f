/** Where a text stops being JSON. */
export interface JsonFault {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** What is wrong there. */
  readonly problem: string;
}

/**
 * Finds where a text stops being JSON, for an error that a person can use; `JSON.parse` says so only sometimes.
 * Works without recursion and in one pass, so that a hostile text costs no more than a good one.
 * @param text a text that `JSON.parse` refused
 * @param hasNonFinite whether NaN and infinities are no fault
 */
export function findJsonFault(text: string, hasNonFinite = false): JsonFault {
  const scanner = new Scanner(text, hasNonFinite ? lenientLiteral : literal);
  const problem = scanner.run();
  let line = 1;
  let lineStart = 0;
  for (let found = text.indexOf("\n"); found !== -1 && found < scanner.at; found = text.indexOf("\n", lineStart)) {
    line += 1;
    lineStart = found + 1;
  }
  return { line, column: scanner.at - lineStart + 1, problem };
}

type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or ]" | "comma or }" | "end";

const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const lenientLiteral = new RegExp(`NaN|-?Infinity|${literal.source}`, "y");
// Pieces of a string, whose end a pattern alone would look for with a stack that a long one overflows.
// eslint-disable-next-line no-control-regex -- control characters are what a JSON string may not hold
const plain = /[^"\\\u0000-\u001f]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const space = /[ \t\n\r]*/y;

class Scanner {
  at = 0;
  readonly #text: string;
  readonly #open: ("[" | "{")[] = [];
  #expected: Expected = "value";

  readonly #literal: RegExp;

  constructor(text: string, ownLiteral: RegExp) {
    this.#text = text;
    this.#literal = ownLiteral;
  }

  /** Stops at the fault and names it. */
  run(): string {
    for (;;) {
      this.#skip(space);
      const character = this.#text[this.at];
      if (character === undefined) return `unexpected end, expected ${this.#expected}`;
      if (!this.#step(character)) return `unexpected ${JSON.stringify(character)}, expected ${this.#expected}`;
    }
  }

  #step(character: string): boolean {
    switch (this.#expected) {
      case "value":
      case "value or ]":
        if (character === "]" && this.#expected === "value or ]") return this.#close();
        if (character === "[" || character === "{") return this.#openWith(character);
        return (character === '"' ? this.#skipString() : this.#skip(this.#literal)) && this.#afterValue();
      case "key":
      case "key or }":
        if (character === "}" && this.#expected === "key or }") return this.#close();
        return this.#skipString() && this.#expect("colon");
      case "colon":
        return character === ":" && this.#next("value");
      case "comma or ]":
        return character === "]" ? this.#close() : character === "," && this.#next("value");
      case "comma or }":
        return character === "}" ? this.#close() : character === "," && this.#next("key");
      case "end":
        return false;
    }
  }

  #openWith(bracket: "[" | "{"): true {
    this.#open.push(bracket);
    return this.#next(bracket === "[" ? "value or ]" : "key or }");
  }

  #close(): true {
    this.#open.pop();
    this.at += 1;
    return this.#afterValue();
  }

  #afterValue(): true {
    const bracket = this.#open.at(-1);
    return this.#expect(bracket === undefined ? "end" : bracket === "[" ? "comma or ]" : "comma or }");
  }

  #next(expected: Expected): true {
    this.at += 1;
    return this.#expect(expected);
  }

  #expect(expected: Expected): true {
    this.#expected = expected;
    return true;
  }

  /** Stays where it is when no string begins here, or one that is none. */
  #skipString(): boolean {
    const start = this.at;
    if (this.#text[start] !== '"') return false;
    this.at += 1;
    do this.#skip(plain);
    while (this.#skip(escape));
    if (this.#text[this.at] === '"') {
      this.at += 1;
      return true;
    }
    this.at = start;
    return false;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (!match) return false;
    this.at += match[0].length;
    return true;
  }
}
