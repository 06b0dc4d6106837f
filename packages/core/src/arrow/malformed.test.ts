import { describe, expect, test } from "vitest";
import { BentoError } from "../errors.js";
import { DataFrame } from "../table/data-frame.js";
import { flat, type FlatField, type FlatObject, writeFlat } from "./flat-writer.js";
import { decodeArrowTable, encodeArrowTable } from "./table.js";
import { joinParts } from "./write-stream.js";

const table = encodeArrowTable(DataFrame.fromRecords([{ a: 1 }]));

/** What is said of a stream that is refused, if it is. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    decodeArrowTable(bytes);
    return undefined;
  } catch (error) {
    if (BentoError.is(error, "BENTO_BAD_REQUEST")) return error.message;
    throw error;
  }
}

/** A stream of messages that say what they like. */
function stream(...messages: readonly (readonly [kind: number, header: FlatObject, body?: Uint8Array, claimed?: number])[]): Uint8Array {
  return joinParts(
    messages.flatMap(([kind, header, body = new Uint8Array(), claimed = body.byteLength]) => {
      const metadata = writeFlat(flat.table(flat.int16(4), flat.int8(kind), header, flat.int64(claimed)));
      const head = new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0]);
      new DataView(head.buffer).setUint32(4, metadata.byteLength, true);
      return [head, metadata, body];
    }),
  );
}

function field(id: number, type: FlatObject, ...rest: readonly (FlatField | undefined)[]): FlatObject {
  return flat.table(flat.text("a"), flat.int8(1), flat.int8(id), type, ...rest);
}

function schema(...fields: readonly FlatObject[]): readonly [number, FlatObject] {
  return [1, flat.table(flat.int16(0), flat.tables(fields))];
}

type Pairs = Parameters<typeof flat.pairs>[0];

function records(
  length: number,
  nodes: Pairs,
  buffers: Pairs,
  body: Uint8Array,
  ...rest: readonly (FlatField | undefined)[]
): readonly [number, FlatObject, Uint8Array] {
  return [3, flat.table(flat.int64(length), flat.pairs(nodes), flat.pairs(buffers), ...rest), body];
}

const int32 = field(2, flat.table(flat.int32(32), flat.int8(1)));
const bytes8 = new Uint8Array(8);
const dictionaryField = (index: FlatObject): FlatObject => field(5, flat.table(), flat.table(flat.int64(0), index));
const offsets = (...numbers: readonly number[]): Uint8Array => new Uint8Array(new Int32Array(numbers).buffer);
const listOf = (item: FlatObject): FlatObject => field(12, flat.table(), undefined, flat.tables([item]));
const nested = (depth: number): FlatObject => (depth === 0 ? int32 : listOf(nested(depth - 1)));

describe("a lie is named", () => {
  const lies: readonly (readonly [what: string, bytes: Uint8Array, message: string])[] = [
    ["nothing", new Uint8Array(), "it is empty"],
    ["a file", new TextEncoder().encode("ARROW1\0\0..."), "it is an Arrow file"],
    ["JSON", new TextEncoder().encode('[{"a":1}]'), "no message begins at byte 0"],
    ["metadata of 4 GB", new Uint8Array([255, 255, 255, 255, 255, 255, 255, 255, 0]), "metadata of 4294967295 bytes, but 1 are left"],
    ["a body of 1 TB", stream([1, schema()[1], bytes8, 2 ** 40]), "a body of 1099511627776 bytes, but 8 are left"],
    ["a body below zero", stream([1, schema()[1], bytes8, -8]), "a body of -8 bytes"],
    ["rows first", stream(records(0, [], [], bytes8)), "does not begin with a schema"],
    ["two schemas", stream(schema(), schema()), "second schema"],
    ["an unknown kind", stream([4, flat.table()]), "unknown kind 4"],
    [
      "2^31 rows in 8 bytes",
      stream(
        schema(int32),
        records(
          2 ** 31,
          [[2 ** 31, 0]],
          [
            [0, 0],
            [0, 8],
          ],
          bytes8,
        ),
      ),
      "cells, which is too many for",
    ],
    [
      "1000 rows in 8 bytes",
      stream(
        schema(int32),
        records(
          1000,
          [[1000, 0]],
          [
            [0, 0],
            [0, 8],
          ],
          bytes8,
        ),
      ),
      'the column "a" needs 4000 bytes, but has 8',
    ],
    [
      "rows below zero",
      stream(
        schema(int32),
        records(
          -1,
          [[-1, 0]],
          [
            [0, 0],
            [0, 8],
          ],
          bytes8,
        ),
      ),
      "it has -1 rows",
    ],
    [
      "a column of other length",
      stream(
        schema(int32),
        records(
          1,
          [[2, 0]],
          [
            [0, 0],
            [0, 8],
          ],
          bytes8,
        ),
      ),
      "has 2 cells where 1 are due",
    ],
    [
      "a buffer outside",
      stream(
        schema(int32),
        records(
          1,
          [[1, 0]],
          [
            [0, 0],
            [4, 8],
          ],
          bytes8,
        ),
      ),
      "has 8 bytes from 4 on in a body of 8",
    ],
    [
      "a buffer before",
      stream(
        schema(int32),
        records(
          1,
          [[1, 0]],
          [
            [0, 0],
            [-4, 8],
          ],
          bytes8,
        ),
      ),
      "has 8 bytes from -4 on",
    ],
    ["a missing buffer", stream(schema(int32), records(1, [[1, 0]], [[0, 0]], bytes8)), "lacks a buffer"],
    ["a missing column", stream(schema(int32), records(1, [], [], bytes8)), "is missing in a message"],
    [
      "one column more",
      stream(
        schema(),
        records(
          1,
          [[1, 0]],
          [
            [0, 0],
            [0, 8],
          ],
          bytes8,
        ),
      ),
      "of which 0 and 0 are in the schema",
    ],
    [
      "nulls without bits",
      stream(
        schema(int32),
        records(
          2,
          [[2, 1]],
          [
            [0, 0],
            [0, 8],
          ],
          bytes8,
        ),
      ),
      "not a bit for each",
    ],
    ["a billion nulls", stream(schema(field(1, flat.table())), records(1e9, [[1e9, 1e9]], [], bytes8)), "cells, which is too many for"],
    ["a billion rows of nothing", stream(schema(), records(1e9, [], [], bytes8)), "cells, which is too many for"],
    [
      "a billion empty lists",
      stream(
        schema(field(16, flat.table(flat.int32(0)), undefined, flat.tables([int32]))),
        records(
          1e9,
          [
            [1e9, 0],
            [0, 0],
          ],
          [
            [0, 0],
            [0, 0],
            [0, 0],
          ],
          bytes8,
        ),
      ),
      "cells, which is too many for",
    ],
    [
      "texts that overlap",
      stream(
        schema(field(5, flat.table())),
        records(
          2,
          [[2, 0]],
          [
            [0, 0],
            [0, 12],
            [0, 8],
          ],
          offsets(0, 8, 0),
        ),
      ),
      "begins at 8 and ends at 0",
    ],
    [
      "a text beyond the end",
      stream(
        schema(field(5, flat.table())),
        records(
          1,
          [[1, 0]],
          [
            [0, 0],
            [0, 8],
            [0, 8],
          ],
          offsets(0, 9),
        ),
      ),
      "needs 9 bytes, but has 8",
    ],
    [
      "a text that is not UTF-8",
      stream(
        schema(field(5, flat.table())),
        records(
          1,
          [[1, 0]],
          [
            [0, 0],
            [0, 8],
            [8, 4],
          ],
          offsets(0, 4, -1),
        ),
      ),
      "not UTF-8",
    ],
    [
      "a list beyond the end",
      stream(
        schema(listOf(int32)),
        records(
          1,
          [
            [1, 0],
            [2, 0],
          ],
          [
            [0, 0],
            [0, 8],
            [0, 0],
            [0, 8],
          ],
          offsets(0, 3),
        ),
      ),
      "has 2 items, but its lists end at 3",
    ],
    ["lists in lists in lists", stream(schema(nested(40))), "nested deeper than"],
    ["a list without items", stream(schema(field(12, flat.table()))), "of type list has 0 children"],
    ["integers of 7 bits", stream(schema(field(2, flat.table(flat.int32(7))))), "cells of 7 bits"],
    ["decimals of a billion digits", stream(schema(field(7, flat.table(flat.int32(1), flat.int32(1e9))))), "the scale 1000000000"],
    ["a list of -1", stream(schema(field(16, flat.table(flat.int32(-1)), undefined, flat.tables([int32])))), "the size -1"],
    ["a view", stream(schema(field(24, flat.table()))), "of type text view"],
    ["a map", stream(schema(field(17, flat.table()))), "of type map"],
    [
      "compression",
      stream(
        schema(int32),
        records(
          1,
          [[1, 0]],
          [
            [0, 0],
            [0, 8],
          ],
          bytes8,
          flat.table(),
        ),
      ),
      "is compressed",
    ],
    ["big-endian numbers", stream([1, flat.table(flat.int16(1))]), "big-endian"],
    [
      "an entry that is not there",
      stream(
        schema(field(5, flat.table(), flat.table(flat.int64(0)))),
        records(
          1,
          [[1, 0]],
          [
            [0, 0],
            [0, 8],
          ],
          bytes8,
        ),
      ),
      "refers to the entry 0 of a dictionary of 0",
    ],
    [
      "a dictionary of no column",
      stream(schema(), [2, flat.table(flat.int64(7), records(0, [], [], bytes8)[1])]),
      "the dictionary 7, which no column refers to",
    ],
    ["a column twice", stream(schema(int32, int32)), "have the same name"],
    ["bytes after the end", joinParts([table, bytes8]), "8 bytes follow its end"],
  ];
  test.for(lies)("%s", ([, bytes, message]) => {
    expect(refusal(bytes)).toContain(message);
  });

  test("a long category that all rows share is not to be written out for each", () => {
    const length = 1_000_000;
    const category = dictionaryField(flat.table(flat.int32(8), flat.int8(1)));
    const entries = records(
      1,
      [[1, 0]],
      [
        [0, 0],
        [0, 8],
        [8, length],
      ],
      joinParts([offsets(0, length), new Uint8Array(length).fill(97)]),
    );
    const rows = records(
      length,
      [[length, 0]],
      [
        [0, 0],
        [0, length],
      ],
      new Uint8Array(length),
    );
    expect(refusal(stream(schema(category), [2, flat.table(flat.int64(0), entries[1]), entries[2]], rows))).toContain(
      "too long, each written out",
    );
  });

  test("an offset that leads in a circle is followed to the depth of a schema", () => {
    // The root is a field that is its own child: of the types, a list.
    const bytes = stream(schema(listOf(int32)));
    const view = new DataView(bytes.buffer);
    let refused = 0;
    for (let at = 8; at < bytes.byteLength; at += 4) {
      for (let to = 8; to < bytes.byteLength; to += 4) {
        const before = view.getInt32(at, true);
        view.setInt32(at, to - at, true);
        refused += Number(refusal(bytes) !== undefined);
        view.setInt32(at, before, true);
      }
    }
    expect(refused).toBeGreaterThan(0);
  });
});
