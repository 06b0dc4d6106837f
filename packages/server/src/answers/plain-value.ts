import { BentoFile, type ColumnSource, DataFrame, encodeBase64, type JsonSchema, Tensor, toDataUrl } from "@bento/core";

import { isBytes } from "../bodies/is-bytes.js";
import { branchesOf } from "../schema-branches.js";
import { type Kind, kindsIn } from "./kinds-in.js";

/** Turns a result into what JSON can tell, but for its tensors, which have a form in JSON and another in other encodings. */
export interface PlainValue {
  /** Where that needs no waiting: for results without files. */
  readonly now: (value: unknown) => unknown;
  /** Files become data URLs. @throws BENTO_FILE_UNREADABLE */
  readonly later: ((value: unknown) => Promise<unknown>) | undefined;
}

/** What the results of a schema need before they are JSON; `undefined` where they are as they stand. */
export function plainValueOf(schema: JsonSchema): PlainValue | undefined {
  const kinds = kindsIn(schema);
  if (!(["file", "dataframe", "bytes"] satisfies Kind[]).some((kind) => kinds.has(kind))) return undefined;
  const schemas = new SchemaWalk(schema);
  const none: ReadonlyMap<BentoFile, string> = new Map();
  const now = (value: unknown): unknown => plain(value, schemas.root, schemas, none);
  if (!kinds.has("file")) return { now, later: undefined };
  const later = async (value: unknown): Promise<unknown> => {
    const files = new Map<BentoFile, string>();
    for (const file of filesIn(value)) files.set(file, await toDataUrl(file));
    return plain(value, schemas.root, schemas, files);
  };
  return { now, later };
}

/** What a schema says of what lies within a value; worked out once for each part of it. */
class SchemaWalk {
  readonly root: readonly JsonSchema[];
  readonly #document: JsonSchema;
  readonly #branches = new Map<unknown, readonly JsonSchema[]>();

  constructor(document: JsonSchema) {
    this.#document = document;
    this.root = this.#branchesOf(document);
  }

  /** What the items of a list, or the properties of an object by name, may be. */
  inner(branches: readonly JsonSchema[], key: string | number): readonly JsonSchema[] {
    return branches.flatMap(({ items, prefixItems, properties, additionalProperties }) => {
      if (typeof key === "number")
        return this.#branchesOf(Array.isArray(prefixItems) && key < prefixItems.length ? prefixItems[key] : items);
      const isNamed = typeof properties === "object" && properties !== null && Object.hasOwn(properties, key);
      return this.#branchesOf(isNamed ? (properties as JsonSchema)[key] : additionalProperties);
    });
  }

  #branchesOf(schema: unknown): readonly JsonSchema[] {
    let branches = this.#branches.get(schema);
    if (branches === undefined) this.#branches.set(schema, (branches = branchesOf(schema, this.#document)));
    return branches;
  }
}

function plain(value: unknown, branches: readonly JsonSchema[], schemas: SchemaWalk, files: ReadonlyMap<BentoFile, string>): unknown {
  if (typeof value !== "object" || value === null || Tensor.isTensor(value)) return value;
  if (BentoFile.isFile(value)) return files.get(value);
  if (DataFrame.isDataFrame(value)) return plainTable(value, branches);
  if (value instanceof Uint8Array) return plainBytes(value, branches);
  const inner = (item: unknown, key: string | number): unknown => plain(item, schemas.inner(branches, key), schemas, files);
  if (Array.isArray(value)) return value.map(inner);
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item, key)])) : value;
}

function filesIn(value: unknown): BentoFile[] {
  if (BentoFile.isFile(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(filesIn);
  return isRecord(value) ? Object.values(value).flatMap(filesIn) : [];
}

function plainBytes(bytes: Uint8Array, branches: readonly JsonSchema[]): string {
  const isText = branches.some((branch) => isBytes(branch) && branch["contentEncoding"] !== "base64");
  return isText ? new TextDecoder().decode(bytes) : encodeBase64(bytes);
}

function plainTable(frame: DataFrame, branches: readonly JsonSchema[]): unknown {
  const table = frame.columns.some((name) => hasBytes(frame.column(name) as ColumnSource)) ? withTexts(frame) : frame;
  const isByColumn = branches.some(({ type, orient }) => type === "dataframe" && orient === "columns");
  return isByColumn ? table.toColumns() : table.records();
}

function hasBytes(column: ColumnSource): boolean {
  return Array.isArray(column) && column.some((cell) => cell instanceof Uint8Array);
}

/** Cells that are bytes, as a table from Arrow may have, as text in base64. */
function withTexts(frame: DataFrame): DataFrame {
  const columns = frame.columns.map((name): [string, ColumnSource] => {
    const column = frame.column(name) as ColumnSource;
    if (!hasBytes(column)) return [name, column];
    return [name, Array.from(column as ArrayLike<unknown>, (cell) => (cell instanceof Uint8Array ? encodeBase64(cell) : cell))];
  });
  return DataFrame.fromColumns(new Map(columns));
}

/** A plain object: what has a class of its own knows itself what it is as JSON. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
