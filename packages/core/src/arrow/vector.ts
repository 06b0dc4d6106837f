import type { ArrowType } from "./arrow-type.js";
import type { CellBudget } from "./cell-budget.js";
import type { FlatTable } from "./flat-reader.js";
import { malformed, unsupported } from "./malformed.js";
import type { ArrowField } from "./schema.js";

/** The bytes of a column as they lie in the stream, checked against its length: what they say can be read without fear. */
export interface ArrowVector {
  readonly field: ArrowField;
  readonly length: number;
  /** One bit for each cell, 0 where it is null; `undefined` where none is. */
  readonly validity: Uint8Array | undefined;
  /** The cells of a type of fixed size, the bits of booleans, the characters of texts, the numbers of dictionary entries. */
  readonly values: Uint8Array;
  /** Of texts and lists: where each begins, and at last where the last one ends. */
  readonly offsets: Int32Array | Float64Array | undefined;
  readonly children: readonly ArrowVector[];
}

const none = new Uint8Array();
const noOffset = new Int32Array(1);
/** An object or a list takes the room of some other cells. */
const nestedCost = 4;

/** Reads the columns of one message, in their order: each takes its nodes and buffers off the front of what there is. */
export class VectorReader {
  readonly #nodes: readonly (readonly [length: number, nulls: number])[];
  readonly #buffers: readonly (readonly [offset: number, length: number])[];
  readonly #body: Uint8Array;
  readonly #budget: CellBudget;
  /** How many rows the message has. */
  readonly length: number;
  #node = 0;
  #buffer = 0;

  /** @throws BENTO_BAD_REQUEST */
  constructor(batch: FlatTable, body: Uint8Array, budget: CellBudget) {
    if (batch.table(3)) throw unsupported("is compressed", "Write it without compression; HTTP can compress the whole.");
    this.length = batch.int64(0, 0);
    if (this.length < 0) throw malformed(`it has ${this.length} rows.`);
    this.#nodes = batch.pairs(1);
    this.#buffers = batch.pairs(2);
    this.#body = body;
    this.#budget = budget;
  }

  /**
   * The next column.
   * @throws BENTO_BAD_REQUEST when its bytes are fewer than its length says, or it has not as many cells as expected
   */
  read(field: ArrowField, expected: number): ArrowVector {
    const [length, nulls] = this.#nodes[this.#node++] ?? [-1, 0];
    if (length !== expected) {
      throw malformed(
        length === -1 ? `${quoted(field)} is missing in a message.` : `${quoted(field)} has ${length} cells where ${expected} are due.`,
      );
    }
    const type = field.dictionary?.indexType ?? field.type;
    this.#budget.spend(isNested(type) ? length * nestedCost : length);
    if (type.kind === "null") return { field, length, validity: undefined, values: none, offsets: undefined, children: [] };
    const validity = this.#validity(field, length, nulls);
    if (type.kind === "struct")
      return { field, length, validity, values: none, offsets: undefined, children: this.#children(field, length) };
    if (type.kind === "fixed-list") {
      return { field, length, validity, values: none, offsets: undefined, children: this.#children(field, length * type.size) };
    }
    if (type.kind !== "list" && type.kind !== "text" && type.kind !== "binary") {
      const values = this.#take(field, bytesOf(type, length));
      return { field, length, validity, values, offsets: undefined, children: [] };
    }
    const offsets = this.#offsets(field, length, type.large);
    const end = offsets[length] ?? 0;
    if (type.kind !== "list") return { field, length, validity, values: this.#take(field, end), offsets, children: [] };
    const items = this.#nodes[this.#node]?.[0] ?? 0;
    if (items < end) throw malformed(`${quoted(field)} has ${items} items, but its lists end at ${end}.`);
    return { field, length, validity, values: none, offsets, children: this.#children(field, items) };
  }

  /** @throws BENTO_BAD_REQUEST when there is more than was read */
  end(): void {
    if (this.#node !== this.#nodes.length || this.#buffer !== this.#buffers.length) {
      throw malformed(
        `a message has ${this.#nodes.length} columns and ${this.#buffers.length} buffers, of which ${this.#node} and ${this.#buffer} are in the schema.`,
      );
    }
  }

  #children(field: ArrowField, length: number): ArrowVector[] {
    return field.children.map((child) => this.read(child, length));
  }

  #validity(field: ArrowField, length: number, nulls: number): Uint8Array | undefined {
    const bytes = this.#take(field, 0);
    if (nulls === 0) return undefined;
    if (bytes.byteLength * 8 < length) throw malformed(`${quoted(field)} has nulls, but not a bit for each of its ${length} cells.`);
    return bytes;
  }

  /** Each list or text begins where the one before it ends: what overlaps could be many times what was sent. */
  #offsets(field: ArrowField, length: number, large: boolean): Int32Array | Float64Array {
    // Without cells there need be no offset either.
    const bytes = this.#take(field, length === 0 ? 0 : (length + 1) * (large ? 8 : 4));
    if (length === 0) return noOffset;
    const offsets = large
      ? Float64Array.from(new BigInt64Array(aligned(bytes, 8, length + 1)), Number)
      : new Int32Array(aligned(bytes, 4, length + 1));
    let last = 0;
    for (const offset of offsets) {
      if (offset < last) throw malformed(`${quoted(field)} has a cell that begins at ${last} and ends at ${offset}.`);
      last = offset;
    }
    return offsets;
  }

  #take(field: ArrowField, atLeast: number): Uint8Array {
    const [offset, length] = this.#buffers[this.#buffer++] ?? [-1, 0];
    if (offset === -1) throw malformed(`${quoted(field)} lacks a buffer.`);
    if (offset < 0 || length < 0 || offset + length > this.#body.byteLength) {
      throw malformed(`${quoted(field)} has ${length} bytes from ${offset} on in a body of ${this.#body.byteLength}.`);
    }
    if (length < atLeast) throw malformed(`${quoted(field)} needs ${atLeast} bytes, but has ${length}.`);
    return this.#body.subarray(offset, offset + length);
  }
}

/** The buffer of elements, which is their own where they do not lie at a multiple of their size. */
function aligned(bytes: Uint8Array, size: number, count: number): ArrayBufferLike {
  return bytes.slice(0, size * count).buffer;
}

function isNested({ kind }: ArrowType): boolean {
  return kind === "struct" || kind === "list" || kind === "fixed-list";
}

/** Bytes of cells of a type of fixed size. */
function bytesOf(type: ArrowType, length: number): number {
  if (type.kind === "bool") return Math.ceil(length / 8);
  if ("bits" in type) return (type.bits / 8) * length;
  if ("bytes" in type) return type.bytes * length;
  return (type.kind === "date" && type.unit === "day" ? 4 : 8) * length;
}

function quoted({ name }: ArrowField): string {
  return `the column ${JSON.stringify(name)}`;
}
