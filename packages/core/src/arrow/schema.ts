import { type ArrowType, readType } from "./arrow-type.js";
import type { FlatTable } from "./flat-reader.js";
import { malformed, unsupported } from "./malformed.js";

/** A column, or what the cells of one are made of. */
export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  readonly children: readonly ArrowField[];
  /** Where its cells are numbers of entries in a dictionary: which one, and the type of these numbers. */
  readonly dictionary: { readonly id: number; readonly indexType: ArrowType } | undefined;
  readonly metadata: ReadonlyMap<string, string>;
}

/** What a stream begins with. */
export interface ArrowSchema {
  readonly fields: readonly ArrowField[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** How deep lists and structs may lie in each other. */
const maxDepth = 32;

/** @throws BENTO_BAD_REQUEST */
export function readSchema(table: FlatTable): ArrowSchema {
  if (table.int16(0, 0) !== 0) throw malformed("its numbers are big-endian.", "Write it on a little-endian machine.");
  return { fields: table.tables(1).map((field) => readField(field, 0)), metadata: readMetadata(table, 2) };
}

function readField(table: FlatTable, depth: number): ArrowField {
  const name = table.text(0) ?? "";
  if (depth > maxDepth) throw malformed(`the column ${JSON.stringify(name)} is nested deeper than ${maxDepth}.`);
  const type = readType(table.int8(2, 0), table.table(3), name);
  const children = table.tables(5).map((child) => readField(child, depth + 1));
  const isList = type.kind === "list" || type.kind === "fixed-list";
  if (type.kind !== "struct" && children.length !== Number(isList)) {
    throw malformed(`the column ${JSON.stringify(name)} of type ${type.kind} has ${children.length} children.`);
  }
  const dictionary = readDictionary(table.table(4), name);
  if (dictionary && children.length > 0) {
    throw unsupported(
      `has the column ${JSON.stringify(name)} of categories that are lists or structs`,
      "Cast it to what the categories are.",
    );
  }
  return { name, type, children, dictionary, metadata: readMetadata(table, 6) };
}

function readDictionary(table: FlatTable | undefined, column: string): ArrowField["dictionary"] {
  if (!table) return undefined;
  const index = table.table(1);
  return { id: table.int64(0, 0), indexType: index ? readType(2, index, column) : { kind: "int", bits: 32, signed: true } };
}

function readMetadata(table: FlatTable, field: number): Map<string, string> {
  return new Map(table.tables(field).map((pair) => [pair.text(0) ?? "", pair.text(1) ?? ""]));
}

/** Every dictionary that the columns refer to, with the field that its entries are of. */
export function dictionariesOf(fields: readonly ArrowField[]): Map<number, ArrowField> {
  const found = new Map<number, ArrowField>();
  const visit = (field: ArrowField): void => {
    if (field.dictionary && !found.has(field.dictionary.id))
      found.set(field.dictionary.id, { ...field, dictionary: undefined, metadata: new Map() });
    for (const child of field.children) visit(child);
  };
  for (const field of fields) visit(field);
  return found;
}
