import type { ScalarStyle } from "./scalar-style.js";

/** Lines longer than this fold at their next space. */
const width = 80;

const escapes: Readonly<Record<string, string>> = {
  "\0": "0",
  "\u0007": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\u001B": "e",
  '"': '"',
  "\\": "\\",
  "\u0085": "N",
  "\u00A0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

/** Where a scalar stands. */
export interface ScalarPlace {
  /** Spaces before its later lines. */
  readonly indent: number;
  /** Whether it may span lines; keys may not. */
  readonly fold: boolean;
}

/**
 * YAML text under construction; knows the column, by which long lines fold.
 * @source PyYAML 6.0 `Emitter`: where it breaks lines decides the bytes of a file.
 */
export class TextWriter {
  #text = "";
  #column = 0;
  /** Nothing stands on the current line yet. */
  #fresh = true;

  /** All that was written, ending with its last line. */
  finish(): string {
    return this.#fresh ? this.#text : `${this.#text}\n`;
  }

  /** Writes on the current line. */
  put(text: string): void {
    this.#text += text;
    this.#column += text.length;
    this.#fresh = false;
  }

  /** Goes to the start of a line and indents it. */
  line(indent: number): void {
    if (!this.#fresh) this.#text += "\n";
    this.#text += " ".repeat(indent);
    this.#column = indent;
    this.#fresh = false;
  }

  /** Writes a scalar in one of the styles that its look allows. */
  scalar(text: string, style: ScalarStyle, place: ScalarPlace): void {
    if (style === "double") this.#double(text, place);
    else if (style === "single") {
      this.put("'");
      this.#words(text.replaceAll("'", "''"), place);
      this.put("'");
    } else this.#words(text, place);
  }

  /** Writes lines of text as a literal block, whose "|" ends the current line. */
  literal(lines: readonly string[], indent: number): void {
    this.put("|");
    for (const line of lines) {
      this.line(indent);
      this.put(line);
    }
    this.#text += "\n";
    this.#column = 0;
    this.#fresh = true;
  }

  #words(text: string, { indent, fold }: ScalarPlace): void {
    const pieces = text.match(/\n+| +|[^\n ]+/g) ?? [];
    for (const [i, piece] of pieces.entries()) {
      if (piece.startsWith("\n")) {
        // One break more than the text has: a single one would read as a space.
        this.put("\n".repeat(piece.length));
        this.line(indent);
      } else if (piece === " " && fold && this.#column > width && i > 0 && i < pieces.length - 1) this.line(indent);
      else this.put(piece);
    }
  }

  #double(text: string, { indent, fold }: ScalarPlace): void {
    this.put('"');
    const characters = Array.from(text);
    let run = "";
    for (const [i, character] of characters.entries()) {
      const escaped = escape(character);
      if (escaped !== undefined) {
        this.put(run + escaped);
        run = "";
      }
      const breakable = i > 0 && i < characters.length - 1 && (character === " " || run === "");
      // PyYAML counts from the start of what it has not written yet, which after an escape is one character ahead.
      const pending = escaped === undefined ? run.length : -1;
      if (fold && breakable && this.#column + pending > width) {
        this.put(`${run}\\`);
        run = "";
        this.line(indent);
        // A space that starts a line would be lost.
        if ((escaped === undefined ? character : characters[i + 1]) === " ") this.put("\\");
      }
      if (escaped === undefined) run += character;
    }
    this.put(`${run}"`);
  }
}

function escape(character: string): string | undefined {
  const code = character.codePointAt(0) as number;
  if (code >= 0x20 && code <= 0x7e && character !== '"' && character !== "\\") return undefined;
  const short = escapes[character];
  if (short !== undefined) return `\\${short}`;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
