import { isUtf8 } from "node:buffer";
import { BentoError, type BentoErrorCode, Tag } from "@bento/core";
import { makeObject, typedEntries } from "../pyyaml/containers.js";
import { readPyYaml } from "../pyyaml/parse.js";
import { PlainScalar } from "../pyyaml/plain-scalar.js";
import { pythonText } from "../pyyaml/python-text.js";
import { isPlainObject } from "./model-data.js";
import { isoFormat, type PythonTime, readTimestamp } from "./python-time.js";

/** A document of Python BentoML's: what it is called in messages, and how it is read. */
export interface DocumentReader<Info> {
  /** For messages, as in "is no model". */
  readonly noun: string;
  readonly invalid: BentoErrorCode;
  /** Keys whose text counts, whatever YAML takes it for. */
  readonly keepText: ReadonlySet<string>;
  /** @throws a BentoError saying what is wrong, to stand behind a colon */
  readonly read: (fields: Fields) => Info;
}

/** Reads a document. @throws the reader's code, naming `where` and the reason */
export function readDocument<Info>(source: Uint8Array | string, where: string, reader: DocumentReader<Info>): Info {
  try {
    const text = typeof source === "string" ? source : decode(source);
    return reader.read(fieldsOf(readPyYaml(text, { keepText: reader.keepText }), "it"));
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    throw new BentoError(reader.invalid, `${JSON.stringify(where)} is no ${reader.noun}: ${error.message}`, {
      hint: error.hint ?? `Mend the file, or take the ${reader.noun} anew from where it came from.`,
      cause: error,
    });
  }
}

/** What a map holds, by key. */
export type Fields = ReadonlyMap<unknown, unknown>;

/** What must be there. */
export function required(fields: Fields, key: string, inside = ""): unknown {
  if (!fields.has(key)) throw invalid(`it has no ${JSON.stringify(inside + key)}.`);
  return fields.get(key);
}

/** A map, of whatever form. @throws when the value is none */
export function fieldsOf(value: unknown, what: string): Fields {
  return new Map(entriesOf(value, what));
}

/** The keys and values of a map, in order. @throws when the value is none */
export function entriesOf(value: unknown, what: string): readonly (readonly [unknown, unknown])[] {
  if (!isPlainObject(value) && !(value instanceof Map)) throw invalid(`${what} is not a map.`);
  return typedEntries(value);
}

/** The tag that a document's `name` and `version` make. */
export function readTag(name: unknown, version: unknown): Tag {
  const nameText = tagText(name);
  if (nameText === undefined) throw invalid("its name is null.");
  return new Tag(nameText, tagText(version));
}

/** `undefined` for null. */
function tagText(value: unknown): string | undefined {
  if (value === null || (value instanceof PlainScalar && value.value === null)) return undefined;
  if (value instanceof PlainScalar) return value.text;
  if (typeof value !== "string") throw invalid(`${pythonText(value)} is not text; name and version are.`);
  return value;
}

/** A map of texts. */
export function readTexts(value: unknown, what: string): Readonly<Record<string, string>> {
  const entries = entriesOf(value, what);
  return makeObject(
    entries.map(([key]) => pythonText(key)),
    entries.map(([, item]) => pythonText(item)),
  ) as Record<string, string>;
}

/** A time, as YAML or as text. */
export function readCreationTime(value: unknown): PythonTime {
  if (value instanceof Date) return { date: value, text: isoFormat(value) };
  const text = value instanceof PlainScalar && (value.value instanceof Date || typeof value.value === "string") ? value.text : value;
  const time = typeof text === "string" ? readTimestamp(text) : undefined;
  if (time !== undefined) return time;
  throw invalid(`${JSON.stringify(value instanceof PlainScalar ? value.text : pythonText(value))} is not a time.`);
}

function decode(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw invalid("it is not UTF-8.");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** What is wrong with a document. */
export function invalid(message: string): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", message);
}
