import { flat, type FlatObject, writeFlat } from "./flat-writer.js";
import { type WrittenColumns, writeMetadata } from "./write-column.js";

/** What a stream of one message of rows is made of. */
export interface StreamParts extends WrittenColumns {
  readonly fields: readonly FlatObject[];
  readonly metadata: readonly (readonly [string, string])[];
  readonly length: number;
}

const version = 4;
const schemaKind = 1;
const recordsKind = 3;
const alignment = 8;
const endMark = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
const padding = new Uint8Array(alignment);

/**
 * The bytes of an Arrow IPC stream, in order: those of the columns are not copied.
 * @source https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
 */
export function writeArrowStream({ fields, metadata, length, nodes, buffers }: StreamParts): Uint8Array[] {
  const schema = flat.table(flat.int16(0), flat.tables(fields), writeMetadata(metadata));
  const places: (readonly [number, number])[] = [];
  const body: Uint8Array[] = [];
  let at = 0;
  for (const buffer of buffers) {
    places.push([at, buffer.byteLength]);
    const rest = -buffer.byteLength & (alignment - 1);
    if (buffer.byteLength > 0) body.push(buffer);
    if (rest > 0) body.push(padding.subarray(0, rest));
    at += buffer.byteLength + rest;
  }
  const records = flat.table(flat.int64(length), flat.pairs(nodes), flat.pairs(places));
  return [...message(schemaKind, schema, 0), ...message(recordsKind, records, at), ...body, endMark];
}

function message(kind: number, header: FlatObject, bodyLength: number): Uint8Array[] {
  const metadata = writeFlat(flat.table(flat.int16(version), flat.int8(kind), header, flat.int64(bodyLength)));
  const head = new DataView(new ArrayBuffer(8));
  head.setInt32(0, -1);
  head.setInt32(4, metadata.byteLength, true);
  return [new Uint8Array(head.buffer), metadata];
}

/** The parts in one piece. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.byteLength;
  }
  return joined;
}
