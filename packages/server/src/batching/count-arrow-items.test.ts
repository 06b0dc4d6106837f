import { DataFrame, type JsonSchema, Tensor } from "@bento/core";
import { encodeArrowTable, encodeArrowTensors } from "@bento/core/arrow";
import fc from "fast-check";
import { expect, test } from "vitest";

import { makeUnpacker } from "../packing/unpack.js";
import { readBatchInput } from "./batch-input.js";
import { makeArrowCounter } from "./count-arrow-items.js";

const tensor = { type: "tensor", dtype: "float32" };
const input = {
  type: "object",
  properties: { x: tensor, y: tensor, ids: { type: "array" }, key: { type: "string", "x-bento-type": "bytes" }, scale: { type: "number" } },
} as JsonSchema;
const table = { type: "dataframe", orient: "records" } as JsonSchema;
const people = { type: "object", properties: { people: table, year: { type: "number", default: 7 } } } as JsonSchema;

const rows = (n: number, width = 2) => new Tensor("float32", [n, width], new Float32Array(n * width));
const body = (value: unknown) => Buffer.concat(encodeArrowTensors(value));
const frame = (n: number) => Buffer.from(encodeArrowTable(DataFrame.fromColumns({ n: new Float64Array(n), t: Array.from("a".repeat(n)) })));
const count = (bytes: Uint8Array, dim = 0, schema = input) => makeArrowCounter(schema, schema["type"] === "object", dim)?.(bytes);

test("tensors are counted by their shapes, and what is beside them has to be the same in all calls", () => {
  expect(count(body({ x: rows(3), y: rows(3) }))).toEqual({ items: 3, rest: "" });
  expect(count(body({ x: rows(3), scale: 2 }))).toEqual({ items: 3, rest: '"scale":2,' });
  expect(count(body({ x: rows(3, 5) }), 1)).toEqual({ items: 5, rest: "" });
  expect(count(body({ x: rows(0, 5) }), 0)).toEqual({ items: 0, rest: "" });
  expect(count(body({ x: rows(3, 5), y: rows(2, 5) }), 1), "each a row of its own").toEqual({ items: 5, rest: "" });
  expect(count(body(rows(4)), 0, tensor as JsonSchema)).toEqual({ items: 4, rest: "" });
});

test("of a table the rows are counted, over all of its messages", () => {
  expect(count(frame(3), 0, table)).toEqual({ items: 3, rest: "" });
  expect(count(frame(0), 0, people)).toEqual({ items: 0, rest: "" });
  const [schema, ...records] = messages(frame(3));
  expect(count(Buffer.concat([schema ?? Buffer.alloc(0), ...records, ...records]), 0, people)).toEqual({ items: 6, rest: "" });
});

test.each([
  ["tensors that disagree", body({ x: rows(3), y: rows(2) })],
  ["a tensor without dimensions", body({ x: new Tensor("float32", [], new Float32Array(1)) })],
  ["a tensor in which no items lie", body({ x: rows(3), weights: rows(3) })],
  ["items beside the tensors", body({ x: rows(3), ids: [1, 2, 3] })],
  ["a table where tensors are due", frame(3)],
  ["an Arrow file", Buffer.from("ARROW1\0\0")],
  ["nothing", Buffer.alloc(0)],
])("only reading it tells of %s", (_what, bytes) => {
  expect(count(bytes)).toBeUndefined();
});

test("an input without anything that holds items has no counter; nor has a table beside another array, or along its columns", () => {
  expect(makeArrowCounter({ type: "object", properties: { scale: { type: "number" } } }, true, 0)).toBeUndefined();
  expect(makeArrowCounter({ type: "object", properties: { t: table, ids: { type: "array" } } }, true, 0)).toBeUndefined();
  expect(makeArrowCounter(table, false, 1)).toBeUndefined();
});

test("what would take long to look at is not counted: very many messages, or columns", () => {
  const [schema, record] = messages(frame(1)) as [Buffer, Buffer];
  expect(count(Buffer.concat([schema, ...Array.from({ length: 100 }, () => record)]), 0, table)).toEqual({ items: 100, rest: "" });
  const many = Buffer.concat([schema, ...Array.from({ length: 10_000 }, () => record)]);
  const open = {
    type: "object",
    properties: Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`c${at}`, tensor])),
  } as JsonSchema;
  const wide = (columns: number) => body(Object.fromEntries(Array.from({ length: columns }, (_, at) => [`c${at}`, rows(1)])));
  expect(count(wide(100), 0, open)).toEqual({ items: 1, rest: "" });
  expect([count(many, 0, table), count(wide(1000), 0, open)]).toEqual([undefined, undefined]);
});

test("what is counted is what is read", () => {
  const shape = fc.array(fc.nat(2), { minLength: 1, maxLength: 3 });
  const made = shape.map((sizes) => new Tensor("float32", sizes, new Float32Array(sizes.reduce((all, size) => all * size, 1))));
  const value = fc.record({ x: made, y: made, scale: fc.integer() }, { requiredKeys: ["x"] });
  const unpack = makeUnpacker(input, true);
  let counts = 0;
  fc.assert(
    fc.property(value, fc.nat(1), (given, dim) => {
      const counted = count(body(given), dim);
      if (counted === undefined) return;
      counts += 1;
      expect(readBatchInput(unpack(body(given), "arrow"), dim).items).toBe(counted.items);
    }),
    { numRuns: 500 },
  );
  expect(counts).toBeGreaterThan(50);
});

test("hostile bytes are not counted, and never fail", () => {
  const targets: [Buffer, JsonSchema][] = [
    [body({ x: rows(3), scale: 2 }), input],
    [frame(3), table],
  ];
  const number = fc.oneof(fc.constantFrom(0, 1, 4, 255, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1), fc.nat(2 ** 32 - 1));
  for (const [whole, schema] of targets) {
    const counter = makeArrowCounter(schema, schema === input, 0);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length / 4 - 1), number), { maxLength: 3 }), fc.nat(whole.length), (lies, end) => {
        const mutated = Buffer.from(whole);
        for (const [at, lie] of lies) mutated.writeUInt32LE(lie, at * 4);
        for (const bytes of [mutated, mutated.subarray(0, end)]) {
          const counted = counter?.(bytes);
          expect(counted === undefined || (Number.isSafeInteger(counted.items) && counted.items >= 0)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  }
});

/** The messages of a stream, without its end. */
function messages(stream: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; stream.readUInt32LE(at + 4) !== 0;) {
    const metadata = stream.readUInt32LE(at + 4);
    const next = found.length === 0 ? at + 8 + metadata : stream.length - 8;
    found.push(stream.subarray(at, next));
    at = next;
  }
  return found;
}
