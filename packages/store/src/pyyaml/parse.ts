import { createRequire } from "node:module";
import { BentoError } from "@bento/core";
import type * as Yaml from "yaml";
import type { CST, Document, LineCounter } from "yaml";
import { type BuildContext, buildValue, maxDepth } from "./build.js";
import { plain } from "./containers.js";
import type { ReadOptions } from "./plain-scalar.js";
import { readSimple } from "./simple.js";

/**
 * Reads one YAML document as PyYAML's `safe_load` does; no tag can run code.
 *
 * Maps become objects, or `Map`s when a key is no text; integers beyond 2^53 become `bigint`, days `PlainDate`, times
 * `Date` (to the millisecond), `!!binary` `Uint8Array`, `!!set` `Set`. The writer still knows `1.0` from `1`.
 * An alias is the same JavaScript value as its anchor.
 *
 * More generous than PyYAML with layout (tabs between tokens, U+2028 inside text), except that the later lines of
 * quoted text and of `[...]` and `{...}` must be indented below their key. Stricter with size: nesting ends after 256
 * levels, aliases may repeat 100,000 values in all, and only plain documents may have more than {@link maxAnyLength}
 * characters.
 * @throws BENTO_MODEL_INVALID with line and column
 */
export function parsePyYaml(text: string): unknown {
  return plain(readPyYaml(text));
}

/** {@link parsePyYaml} with options, for readers of a known document. */
export function readPyYaml(text: string, options: ReadOptions = {}): unknown {
  const simple = readSimple(text, options);
  return simple === undefined ? readAny(text, options) : simple;
}

/** The reader for every document; {@link readSimple} is a faster one for plain documents, and gives the same values. */
export function readAny(text: string, options: ReadOptions = {}): unknown {
  if (text.length > maxAnyLength) throw tooLong(text);
  refuseSpecial(text);
  // PyYAML ends lines at these too, the library only at LF and CRLF.
  const source = text.replace(/\r\n?|\u0085/g, "\n");
  library ??= createRequire(import.meta.url)("yaml") as Library;
  const lines = new library.LineCounter();
  try {
    const composer = new library.Composer({
      schema: "failsafe",
      version: "1.1",
      resolveKnownTags: false,
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
    const documents = [...composer.compose(tokenize(source, lines, library))];
    return build(documents, { library, at: place(lines), options });
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}

/** Characters that the library is given: each may take 500 bytes of memory and some microseconds. */
export const maxAnyLength = 2 ** 20;

function tooLong(text: string): BentoError {
  const [length, most] = [text.length, maxAnyLength].map((count) => count.toLocaleString("en-US"));
  return new BentoError(
    "BENTO_MODEL_INVALID",
    `The YAML has ${length} characters; more than ${most} can only be read of a plain document.`,
    {
      hint: "Put what is large into a file of its own.",
    },
  );
}

/** The parser's own stack grows with the nesting, and its time with the square of that: it is stopped before. */
const maxStack = 2 * maxDepth + 8;

function* tokenize(source: string, lines: LineCounter, { Lexer, Parser }: Library): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(source)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > maxStack) throw tooDeep();
  }
  yield* parser.end();
}

/** Loaded by the first document that needs it: importing the store must stay cheap, and reading must not wait. */
let library: Library | undefined;

type Library = typeof Yaml;

function build(documents: readonly Document[], context: BuildContext): unknown {
  const [document, second] = documents;
  if (document === undefined) return null;
  const problem = document.errors[0];
  if (problem !== undefined) {
    const message = `The YAML is broken ${context.at(problem.pos[0])}: ${problem.message}`;
    throw new BentoError("BENTO_MODEL_INVALID", message, { cause: problem });
  }
  if (second !== undefined) {
    throw new BentoError(
      "BENTO_MODEL_INVALID",
      `The YAML holds a second document ${context.at(second.range?.[0] ?? 0)}; only one can be read.`,
    );
  }
  return buildValue(document.contents, context);
}

function place(lines: LineCounter): (offset: number) => string {
  return (offset) => {
    const { line, col } = lines.linePos(offset);
    return `at line ${line}, column ${col}`;
  };
}

function refuseSpecial(text: string): void {
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  const found = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F\uFFFE\uFFFF]|[\uD800-\uDFFF]/u.exec(text);
  if (found === null) return;
  const code = found[0].codePointAt(0) as number;
  throw new BentoError(
    "BENTO_MODEL_INVALID",
    `The YAML holds the character U+${code.toString(16).toUpperCase().padStart(4, "0")} at offset ${found.index}.`,
    {
      hint: 'Write such a character as an escape in double quotes, as in "\\0".',
    },
  );
}

function tooDeep(): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", "The YAML is nested too deeply to be read.");
}
