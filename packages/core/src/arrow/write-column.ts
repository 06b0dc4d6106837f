import { BentoError } from "../errors.js";
import { toJson } from "../json.js";
import type { ColumnSource } from "../table/column.js";
import { type WrittenType, writeType } from "./arrow-type.js";
import { flat, type FlatObject } from "./flat-writer.js";
import { type ColumnShape, type FieldShape, itemsOf } from "./infer.js";

/** What a message says about its columns, and their bytes. */
export interface WrittenColumns {
  /** Cells and nulls of each column and of what it is made of. */
  readonly nodes: (readonly [length: number, nulls: number])[];
  readonly buffers: Uint8Array[];
}

const none = new Uint8Array();
const jsonName: readonly (readonly [string, string])[] = [
  ["ARROW:extension:name", "arrow.json"],
  ["ARROW:extension:metadata", ""],
];

/** A column's entry in the schema. */
export function writeField(name: string, shape: FieldShape, metadata: readonly (readonly [string, string])[] = []): FlatObject {
  const isJson = shape.type.kind === "json";
  const [id, type] = writeType(shape.type.kind === "json" ? { kind: "text" } : shape.type);
  const children = shape.items ? [writeField("item", shape.items)] : [];
  return flat.table(flat.text(name), flat.int8(1), id, type, undefined, flat.tables(children), writeMetadata(isJson ? jsonName : metadata));
}

/** Names and values, as schemas and columns have them. */
export function writeMetadata(pairs: readonly (readonly [string, string])[]): FlatObject | undefined {
  if (pairs.length === 0) return undefined;
  return flat.tables(pairs.map(([key, value]) => flat.table(flat.text(key), flat.text(value))));
}

/** Adds a column's cells: numbers in a buffer as they lie, others one by one. */
export function writeCells(name: string, column: ColumnSource, shape: ColumnShape, target: WrittenColumns): void {
  if (!Array.isArray(column)) {
    const numbers = column as Exclude<ColumnSource, readonly unknown[]>;
    target.nodes.push([numbers.length, 0]);
    target.buffers.push(none, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    return;
  }
  const cells = column as readonly unknown[];
  const { validity, nulls } = validityOf(cells, shape);
  target.nodes.push([cells.length, nulls]);
  if (shape.type.kind === "null") return;
  target.buffers.push(validity);
  switch (shape.type.kind) {
    case "bool":
      target.buffers.push(bitsOf(cells, (cell) => cell === true));
      return;
    case "text":
      target.buffers.push(...textsOf(name, cells as readonly (string | null)[]));
      return;
    case "json":
      target.buffers.push(
        ...textsOf(
          name,
          cells.map((cell) => (isNull(cell) ? null : toJson(cell))),
        ),
      );
      return;
    case "binary":
      target.buffers.push(...spreadOf(name, cells, (cell) => cell as Uint8Array));
      return;
    case "list":
      writeLists(name, cells as readonly (ColumnSource | null)[], shape.items ?? { type: { kind: "null" } }, target);
      return;
    case "int":
    case "float":
    case "timestamp":
      target.buffers.push(numbersOf(shape.type, cells));
  }
}

const encoder = /* @__PURE__ */ new TextEncoder();

function isNull(cell: unknown): boolean {
  return cell === null || cell === undefined || (cell instanceof Date && Number.isNaN(cell.getTime()));
}

function validityOf(cells: readonly unknown[], shape: ColumnShape): { readonly validity: Uint8Array; readonly nulls: number } {
  const nulls = cells.reduce<number>((sum, cell) => sum + Number(isNull(cell)), 0);
  const hasBits = nulls > 0 && shape.type.kind !== "null";
  return { nulls, validity: hasBits ? bitsOf(cells, (cell) => !isNull(cell)) : none };
}

/** A bit for each cell. */
export function bitsOf<Cell>(cells: ArrayLike<Cell>, isSet: (cell: Cell) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(cells.length / 8));
  for (let index = 0; index < cells.length; index++) {
    if (isSet(cells[index] as Cell)) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bits;
}

const maxOffset = 2 ** 31 - 1;

/** Where each cell begins and the last one ends, and the bytes of all of them. */
function spreadOf(name: string, cells: readonly unknown[], bytesOf: (cell: unknown) => Uint8Array): [Uint8Array, Uint8Array] {
  const offsets = new Int32Array(cells.length + 1);
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const [index, cell] of cells.entries()) {
    if (!isNull(cell)) {
      const bytes = bytesOf(cell);
      parts.push(bytes);
      length += bytes.byteLength;
      if (length > maxOffset) throw tooLarge(name);
    }
    offsets[index + 1] = length;
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return [new Uint8Array(offsets.buffer), all];
}

/** Longer ones than this are not joined: an engine may have no text as long. */
const maxJoined = 2 ** 28;

/** As {@link spreadOf}. Where all texts are ASCII, which they are mostly, they are encoded in one go. */
function textsOf(name: string, texts: readonly (string | null | undefined)[]): [Uint8Array, Uint8Array] {
  const offsets = new Int32Array(texts.length + 1);
  let length = 0;
  for (const [index, text] of texts.entries()) {
    length += text?.length ?? 0;
    offsets[index + 1] = length;
  }
  if (length <= maxJoined) {
    // An absent text is joined as an empty one.
    const all = encoder.encode(texts.join(""));
    if (all.byteLength === length) return [new Uint8Array(offsets.buffer), all];
  }
  return spreadOf(name, texts, (text) => encoder.encode(text as string));
}

function writeLists(name: string, cells: readonly (ColumnSource | null)[], items: ColumnShape, target: WrittenColumns): void {
  const offsets = new Int32Array(cells.length + 1);
  let length = 0;
  for (const [index, cell] of cells.entries()) {
    length += cell?.length ?? 0;
    if (length > maxOffset) throw tooLarge(name);
    offsets[index + 1] = length;
  }
  target.buffers.push(new Uint8Array(offsets.buffer));
  writeCells(name, itemsOf(cells), items, target);
}

function numbersOf(type: WrittenType, cells: readonly unknown[]): Uint8Array {
  if (type.kind === "int" && type.bits === 32) return memoryOf(Int32Array.from(cells as number[], Number));
  if (type.kind === "float") return memoryOf(Float64Array.from(cells as number[], Number));
  return memoryOf(BigInt64Array.from(cells as (bigint | number | Date | null)[], bigintOf));
}

function bigintOf(cell: bigint | number | Date | null): bigint {
  if (isNull(cell)) return 0n;
  return typeof cell === "bigint" ? cell : BigInt(Number(cell));
}

function memoryOf(numbers: { readonly buffer: ArrayBufferLike }): Uint8Array {
  return new Uint8Array(numbers.buffer);
}

function tooLarge(name: string): BentoError {
  return new BentoError("BENTO_INPUT_INVALID", `The column "${name}" is larger than the 2 GiB that a column of Arrow holds.`, {
    hint: "Send the table in parts: slice(start, end) makes them.",
  });
}
