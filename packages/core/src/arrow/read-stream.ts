import { CellBudget } from "./cell-budget.js";
import { cellsOf } from "./cells.js";
import { Dictionaries } from "./dictionaries.js";
import type { FlatTable } from "./flat-reader.js";
import { malformed } from "./malformed.js";
import { type ArrowMessage, messagesOf } from "./messages.js";
import { type ArrowField, type ArrowSchema, dictionariesOf, readSchema } from "./schema.js";
import { type ArrowVector, VectorReader } from "./vector.js";

/** Some rows: their columns, in the schema's order. */
export interface ArrowBatch {
  readonly length: number;
  readonly vectors: readonly ArrowVector[];
  /** The dictionaries as they were when it came; the next one may add to them. */
  readonly dictionaries: Dictionaries;
}

/** A stream that is being read: what it begins with, and its rows as they are reached. */
export interface ArrowStream {
  readonly schema: ArrowSchema;
  readonly batches: Generator<ArrowBatch, void, undefined>;
}

/**
 * Reads an Arrow IPC stream. What it costs is bounded by the length of the bytes, whatever they say.
 * @param cellsPerByte how many cells it may have for each of its bytes, besides a million
 * @throws BENTO_BAD_REQUEST, as does each batch
 */
export function readArrowStream(bytes: Uint8Array, cellsPerByte: number): ArrowStream {
  // A Buffer of Node is a Uint8Array whose `slice` copies nothing.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages = messagesOf(plain);
  const first = messages.next().value;
  if (first?.kind !== "schema") throw malformed(first ? "it does not begin with a schema." : "it is empty.");
  const schema = readSchema(first.header);
  return {
    schema,
    batches: batchesOf(schema, messages, new CellBudget(plain.byteLength, cellsPerByte), new Dictionaries(plain.byteLength)),
  };
}

function* batchesOf(
  schema: ArrowSchema,
  messages: Iterable<ArrowMessage>,
  budget: CellBudget,
  dictionaries: Dictionaries,
): Generator<ArrowBatch, void, undefined> {
  const fields = dictionariesOf(schema.fields);
  for (const { kind, header, body } of messages) {
    if (kind === "schema") throw malformed("it has a second schema.");
    if (kind === "dictionary") readDictionary(header, body, { fields, dictionaries, budget });
    else yield { ...readBatch(schema.fields, header, body, budget), dictionaries };
  }
}

function readBatch(
  fields: readonly ArrowField[],
  header: FlatTable,
  body: Uint8Array,
  budget: CellBudget,
): Omit<ArrowBatch, "dictionaries"> {
  const reader = new VectorReader(header, body, budget);
  if (fields.length === 0) budget.spend(reader.length);
  const vectors = fields.map((field) => reader.read(field, reader.length));
  reader.end();
  return { length: reader.length, vectors };
}

interface KnownDictionaries {
  readonly fields: ReadonlyMap<number, ArrowField>;
  readonly dictionaries: Dictionaries;
  readonly budget: CellBudget;
}

function readDictionary(header: FlatTable, body: Uint8Array, { fields, dictionaries, budget }: KnownDictionaries): void {
  const id = header.int64(0, 0);
  const field = fields.get(id);
  const data = header.table(1);
  if (!field || !data) throw malformed(`it has the dictionary ${id}, which ${field ? "has no entries" : "no column refers to"}.`);
  const { vectors } = readBatch([field], data, body, budget);
  const entries = vectors.flatMap((vector) => Array.from<unknown>(cellsOf(vector, dictionaries) as ArrayLike<unknown>));
  dictionaries.put(id, entries, header.int8(2, 0) !== 0);
}
