import type { BentoError, JsonSchema } from "@bento/core";

import { invalidInput } from "../executor/judge.js";
import { branchesOf } from "../schema-branches.js";
import { type MarkedJson, markWords, numberOfWord } from "./non-finite-words.js";
import { mayHoldArrays } from "./packing.js";

/**
 * Reads what is JSON but for bare `NaN`, `Infinity` and `-Infinity`, as Python's clients write the elements of arrays and
 * tables; `undefined` where that is not what is wrong with it.
 * @throws BENTO_INPUT_INVALID naming the field, for such a number that belongs to no tensor and no table
 */
export type NonFiniteReader = (text: string) => { readonly value: unknown } | undefined;

/** Such numbers in the fields of a form, which came as texts since they were no JSON. */
export type NonFiniteFields = (fields: Record<string, unknown>) => Record<string, unknown>;

/** How numbers that JSON lacks are read in the bodies of an input. */
export interface NonFiniteReaders {
  readonly readNonFinite: NonFiniteReader;
  readonly readFields: NonFiniteFields;
}

/** The readers of an input; `undefined` where it holds neither tensors nor tables. */
export function nonFiniteReaders(input: JsonSchema): NonFiniteReaders | undefined {
  if (!mayHoldArrays(input)) return undefined;
  return { readNonFinite: makeNonFiniteReader(input), readFields: makeNonFiniteFields(input) };
}

/** @param input JSON Schema of an input that may hold tensors or tables */
export function makeNonFiniteReader(input: JsonSchema): NonFiniteReader {
  const branches = branchesOf(input, input);
  return (text) => read(text, branches, { document: input, path: undefined });
}

/** @param input JSON Schema of an object that may hold tensors or tables */
export function makeNonFiniteFields(input: JsonSchema): NonFiniteFields {
  const branches = branchesOf(input, input);
  return (fields) => {
    for (const [name, value] of Object.entries(fields)) {
      const schemas = innerSchemas(branches, name, input);
      fields[name] = readField(value, schemas, { document: input, path: { above: undefined, key: name } });
    }
    return fields;
  };
}

/** From the innermost key outwards. */
interface Path {
  readonly above: Path | undefined;
  readonly key: string | number;
}

interface Place {
  readonly document: JsonSchema;
  readonly path: Path | undefined;
}

/** A text that came for a tensor or a table; each of them, where the same field came several times. */
function readField(value: unknown, schemas: readonly JsonSchema[], place: Place): unknown {
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    const itemPath = (key: number): Place => ({ ...place, path: { above: place.path, key } });
    return items.map((item, at) => readField(item, innerSchemas(schemas, at, place.document), itemPath(at)));
  }
  if (typeof value !== "string" || schemas.some(({ type }) => type === "string") || !schemas.some(mayHoldArrays)) return value;
  const found = read(value, schemas, place);
  return found === undefined ? value : found.value;
}

function read(text: string, schemas: readonly JsonSchema[], place: Place): { readonly value: unknown } | undefined {
  const marked = markWords(Buffer.from(text));
  if (marked === undefined) return undefined;
  const holder: { value: unknown } = { value: undefined };
  try {
    holder.value = JSON.parse(marked.json);
  } catch {
    return undefined;
  }
  placeNumbers(holder, schemas, marked, place);
  return holder;
}

type Container = Record<string | number, unknown>;

interface Open {
  readonly holder: Container;
  readonly key: string | number;
  readonly schemas: readonly JsonSchema[];
  readonly path: Path | undefined;
}

/** Without recursion, so that no depth ends the stack. */
function placeNumbers(root: Container, schemas: readonly JsonSchema[], marked: MarkedJson, { document, path }: Place): void {
  const left: Open[] = [{ holder: root, key: "value", schemas, path }];
  for (let open = left.pop(); open !== undefined; open = left.pop()) {
    const { holder, key, schemas: own, path: at } = open;
    const value = holder[key];
    if (own.some(({ type }) => type === "tensor" || type === "dataframe")) {
      fill(holder, key, marked);
      continue;
    }
    const word = marked.wordOf(value);
    if (word !== undefined) throw misplaced(word, at);
    if (!isContainer(value)) continue;
    for (const inner of Array.isArray(value) ? value.keys() : Object.keys(value)) {
      if (!isContainer(value[inner]) && typeof value[inner] !== "string") continue;
      left.push({ holder: value, key: inner, schemas: innerSchemas(own, inner, document), path: { above: at, key: inner } });
    }
  }
}

/** The numbers themselves, in all that there is in a tensor or a table. Whether they fit there is for its kind to say. */
function fill(root: Container, rootKey: string | number, { wordOf }: MarkedJson): void {
  const left: Container[] = [];
  const settle = (holder: Container, key: string | number): void => {
    const value = holder[key];
    const word = wordOf(value);
    if (word !== undefined) holder[key] = numberOfWord(word);
    else if (isContainer(value)) left.push(value);
  };
  settle(root, rootKey);
  for (let container = left.pop(); container !== undefined; container = left.pop()) {
    if (!Array.isArray(container)) for (const key of Object.keys(container)) settle(container, key);
    else for (let index = 0; index < container.length; index++) settle(container, index);
  }
}

/** What a schema says of a member. */
function innerSchemas(schemas: readonly JsonSchema[], key: string | number, document: JsonSchema): readonly JsonSchema[] {
  return schemas.flatMap((schema) => branchesOf(typeof key === "number" ? itemOf(schema, key) : propertyOf(schema, key), document));
}

function itemOf({ prefixItems, items }: JsonSchema, index: number): unknown {
  return (Array.isArray(prefixItems) ? (prefixItems as readonly unknown[])[index] : undefined) ?? items;
}

function propertyOf({ properties, additionalProperties }: JsonSchema, name: string): unknown {
  const isNamed = typeof properties === "object" && properties !== null && Object.hasOwn(properties, name);
  return isNamed ? (properties as Container)[name] : additionalProperties;
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

/** What is nested deeper than any schema is told of from outside as far as this. */
const longestPath = 100;

function misplaced(word: string, path: Path | undefined): BentoError {
  const keys: (string | number)[] = [];
  for (let step = path; step !== undefined; step = step.above) keys.push(step.key);
  const message = `${word} is no JSON: only the numbers in tensors and tables may be it`;
  return invalidInput([{ path: keys.toReversed().slice(0, longestPath), message, code: "invalid_type" }]);
}
