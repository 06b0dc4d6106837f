import { malformed } from "./malformed.js";
import { strictUtf8 } from "./texts.js";

/** Tables nested deeper than any schema is. */
const maxDepth = 64;
/** How often each byte may be read on the average: what is referred to many times over is an attack. */
const readsPerByte = 4;

/**
 * Reads a flatbuffer from bytes that nobody vouches for: each offset is checked, and what is read in all is bounded by
 * the length of the bytes, though offsets may point anywhere, at each other too.
 * @source https://flatbuffers.dev/internals
 */
export class FlatReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #left: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = bytes.byteLength * readsPerByte;
  }

  /** The table that all else hangs on. */
  root(): FlatTable {
    return new FlatTable(this, this.follow(0), 0);
  }

  int8(at: number): number {
    this.#need(at, 1);
    return this.#view.getInt8(at);
  }

  uint16(at: number): number {
    this.#need(at, 2);
    return this.#view.getUint16(at, true);
  }

  int16(at: number): number {
    this.#need(at, 2);
    return this.#view.getInt16(at, true);
  }

  int32(at: number): number {
    this.#need(at, 4);
    return this.#view.getInt32(at, true);
  }

  /** A 64-bit integer that must be one JavaScript has exactly; lengths and offsets all are. */
  int64(at: number): number {
    this.#need(at, 8);
    const value = Number(this.#view.getBigInt64(at, true));
    if (!Number.isSafeInteger(value)) throw malformed(`${this.#view.getBigInt64(at, true)} is no length or offset.`);
    return value;
  }

  /** Where the offset at a place leads. */
  follow(at: number): number {
    this.#need(at, 4);
    return at + this.#view.getUint32(at, true);
  }

  /** Where the elements of a vector begin, and how many there are, each of `size` bytes. */
  vector(at: number, size: number): { readonly start: number; readonly count: number } {
    this.#need(at, 4);
    const count = this.#view.getUint32(at, true);
    this.#need(at + 4, count * size);
    return { start: at + 4, count };
  }

  text(at: number): string {
    const { start, count } = this.vector(at, 1);
    try {
      return strictUtf8.decode(this.#bytes.subarray(start, start + count));
    } catch {
      throw malformed("its metadata has text that is not UTF-8.");
    }
  }

  #need(at: number, size: number): void {
    if (at + size > this.#bytes.byteLength) {
      throw malformed(`its metadata of ${this.#bytes.byteLength} bytes points at ${size} bytes from ${at} on.`);
    }
    this.#left -= size;
    if (this.#left < 0) throw malformed("its metadata refers to the same parts over and over.");
  }
}

/** A table of a flatbuffer: fields by number, each of which may be absent. */
export class FlatTable {
  readonly #reader: FlatReader;
  readonly #at: number;
  readonly #fields: number;
  readonly #fieldsEnd: number;
  readonly #depth: number;

  constructor(reader: FlatReader, at: number, depth: number) {
    if (depth > maxDepth) throw malformed(`its metadata is nested deeper than ${maxDepth}.`);
    this.#reader = reader;
    this.#at = at;
    this.#depth = depth;
    const vtable = at - reader.int32(at);
    if (vtable < 0) throw malformed("its metadata points before its beginning.");
    this.#fields = vtable + 4;
    this.#fieldsEnd = vtable + reader.uint16(vtable);
  }

  int8(field: number, absent: number): number {
    const at = this.#position(field);
    return at === undefined ? absent : this.#reader.int8(at);
  }

  int16(field: number, absent: number): number {
    const at = this.#position(field);
    return at === undefined ? absent : this.#reader.int16(at);
  }

  int32(field: number, absent: number): number {
    const at = this.#position(field);
    return at === undefined ? absent : this.#reader.int32(at);
  }

  int64(field: number, absent: number): number {
    const at = this.#position(field);
    return at === undefined ? absent : this.#reader.int64(at);
  }

  text(field: number): string | undefined {
    const at = this.#position(field);
    return at === undefined ? undefined : this.#reader.text(this.#reader.follow(at));
  }

  table(field: number): FlatTable | undefined {
    const at = this.#position(field);
    return at === undefined ? undefined : new FlatTable(this.#reader, this.#reader.follow(at), this.#depth + 1);
  }

  tables(field: number): FlatTable[] {
    const at = this.#position(field);
    if (at === undefined) return [];
    const { start, count } = this.#reader.vector(this.#reader.follow(at), 4);
    return Array.from(
      { length: count },
      (_, index) => new FlatTable(this.#reader, this.#reader.follow(start + index * 4), this.#depth + 1),
    );
  }

  /** A vector of structs that are two 64-bit integers each, one after the other. */
  pairs(field: number): (readonly [number, number])[] {
    const at = this.#position(field);
    if (at === undefined) return [];
    const { start, count } = this.#reader.vector(this.#reader.follow(at), 16);
    return Array.from({ length: count }, (_, index) => {
      const pair = start + index * 16;
      return [this.#reader.int64(pair), this.#reader.int64(pair + 8)] as const;
    });
  }

  #position(field: number): number | undefined {
    const entry = this.#fields + field * 2;
    if (entry >= this.#fieldsEnd) return undefined;
    const offset = this.#reader.uint16(entry);
    return offset === 0 ? undefined : this.#at + offset;
  }
}
