/** An integer of a flatbuffer, which lies in its table. */
export interface FlatInteger {
  readonly kind: "int8" | "int16" | "int32" | "int64";
  readonly value: number;
}

/** What a table, or the beginning, refers to. */
export type FlatObject =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "table"; readonly fields: readonly (FlatField | undefined)[] }
  | { readonly kind: "tables"; readonly items: readonly FlatObject[] }
  | { readonly kind: "pairs"; readonly items: readonly (readonly [number, number])[] };

/** A field of a table. */
export type FlatField = FlatInteger | FlatObject;

/** Makes the values of a flatbuffer. */
export const flat = {
  int8: (value: number): FlatInteger => ({ kind: "int8", value }),
  int16: (value: number): FlatInteger => ({ kind: "int16", value }),
  int32: (value: number): FlatInteger => ({ kind: "int32", value }),
  int64: (value: number): FlatInteger => ({ kind: "int64", value }),
  text: (value: string): FlatObject => ({ kind: "text", value }),
  /** Fields by their number; `undefined` is an absent one. */
  table: (...fields: readonly (FlatField | undefined)[]): FlatObject => ({ kind: "table", fields }),
  tables: (items: readonly FlatObject[]): FlatObject => ({ kind: "tables", items }),
  /** Structs of two 64-bit integers. */
  pairs: (items: readonly (readonly [number, number])[]): FlatObject => ({ kind: "pairs", items }),
};

/**
 * The bytes of a flatbuffer, a multiple of 8. What is referred to comes after what refers to it, so that it is written
 * from the front.
 * @source https://flatbuffers.dev/internals
 */
export function writeFlat(root: FlatObject): Uint8Array {
  const target = new Target();
  const offset = target.reserve(4, 4);
  target.refer(offset, place(root, target));
  target.reserve(0, 8);
  return target.bytes();
}

function place(value: FlatObject, target: Target): number {
  switch (value.kind) {
    case "text":
      return placeText(value.value, target);
    case "table":
      return placeTable(value.fields, target);
    case "tables":
      return placeTables(value.items, target);
    case "pairs":
      return placePairs(value.items, target);
  }
}

const sizes = { int8: 1, int16: 2, int32: 4, int64: 8, text: 4, table: 4, tables: 4, pairs: 4 } as const;

function placeTable(fields: readonly (FlatField | undefined)[], target: Target): number {
  const vtable = target.reserve(4 + fields.length * 2, 2);
  const offsets: number[] = [];
  let size = 4;
  for (const field of fields) {
    const bytes = field ? sizes[field.kind] : 1;
    const offset = Math.ceil(size / bytes) * bytes;
    offsets.push(field ? offset : 0);
    if (field) size = offset + bytes;
  }
  const table = target.reserve(size, 8);
  target.uint16(vtable, 4 + fields.length * 2);
  target.uint16(vtable + 2, size);
  for (const [index, offset] of offsets.entries()) target.uint16(vtable + 4 + index * 2, offset);
  target.int32(table, table - vtable);
  for (const [index, field] of fields.entries()) if (field) placeField(field, table + (offsets[index] ?? 0), target);
  return table;
}

function placeField(field: FlatField, at: number, target: Target): void {
  switch (field.kind) {
    case "int8":
      return target.int8(at, field.value);
    case "int16":
      return target.uint16(at, field.value);
    case "int32":
      return target.int32(at, field.value);
    case "int64":
      return target.int64(at, field.value);
    case "text":
    case "table":
    case "tables":
    case "pairs":
      return target.refer(at, place(field, target));
  }
}

function placeTables(items: readonly FlatObject[], target: Target): number {
  const vector = target.reserve(4 + items.length * 4, 4);
  target.int32(vector, items.length);
  for (const [index, item] of items.entries()) target.refer(vector + 4 + index * 4, place(item, target));
  return vector;
}

function placePairs(items: readonly (readonly [number, number])[], target: Target): number {
  // The structs lie at a multiple of 8, their number right before them.
  const vector = target.reserve(8 + items.length * 16, 8) + 4;
  target.int32(vector, items.length);
  for (const [index, [first, second]] of items.entries()) {
    target.int64(vector + 4 + index * 16, first);
    target.int64(vector + 12 + index * 16, second);
  }
  return vector;
}

function placeText(text: string, target: Target): number {
  const bytes = new TextEncoder().encode(text);
  const at = target.reserve(4 + bytes.length + 1, 4);
  target.int32(at, bytes.length);
  target.copy(at + 4, bytes);
  return at;
}

/** Bytes that grow. */
class Target {
  #view = new DataView(new ArrayBuffer(1024));
  #length = 0;

  /** Where `size` zeros are to begin, at a multiple of `alignment`. */
  reserve(size: number, alignment: number): number {
    const at = Math.ceil(this.#length / alignment) * alignment;
    this.#length = at + size;
    if (this.#length > this.#view.byteLength) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  int8(at: number, value: number): void {
    this.#view.setInt8(at, value);
  }

  uint16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  int32(at: number, value: number): void {
    this.#view.setInt32(at, value, true);
  }

  int64(at: number, value: number): void {
    this.#view.setBigInt64(at, BigInt(value), true);
  }

  /** Writes at a place how far on the other is. */
  refer(at: number, to: number): void {
    this.#view.setUint32(at, to - at, true);
  }

  copy(at: number, bytes: Uint8Array): void {
    new Uint8Array(this.#view.buffer).set(bytes, at);
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.#length);
  }
}
