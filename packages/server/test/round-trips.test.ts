import { baseName, BentoFile, DataFrame, type DType, dtypes, isDType, Tensor, type TensorArrays, toJson } from "@bento/core";
import { decodeArrowTable, encodeArrowTable } from "@bento/core/arrow";
import { api, defineService } from "@bento/sdk";
import { bytes, dataframe, file, tensor } from "@bento/sdk/kinds";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { asTensor, carried, carrying, encodings } from "./echo-exchange.js";

/** Of each property. Two thousand take two minutes. */
const numRuns = 60;

/** A text as UTF-8 carries it. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

const dtypeNames = Object.keys(dtypes).filter(isDType);
const Cells = dataframe({ n: "number", s: "string", b: "boolean", i: "bigint", d: "date" });
const ByColumn = dataframe({ n: "number", s: "string", b: "boolean", i: "bigint", d: "date" }, { orient: "columns" });
const Values = z.object({
  text: z.string(),
  number: z.number(),
  big: z.bigint(),
  at: z.date(),
  raw: bytes(),
  maybe: z.date().nullable().optional(),
  list: z.array(z.union([z.date(), z.number(), z.string()])),
  byName: z.record(z.string(), z.bigint()),
  either: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("at"), value: z.date() }),
    z.object({ kind: z.literal("raw"), value: bytes() }),
  ]),
});
const Files = z.object({ one: file(), many: z.array(file()), inner: z.object({ one: file() }), note: z.string() });

const Echo = defineService({
  name: "round-trips",
  apis: {
    tensor: api({ input: tensor(), output: tensor() }, (x) => x),
    float32: api({ input: tensor("float32"), output: tensor("float32") }, (x) => x),
    ...Object.fromEntries(dtypeNames.map((dtype) => [`of_${dtype}`, api({ input: tensor(dtype), output: tensor(dtype) }, (x) => x)])),
    named: api(
      { input: z.object({ x: tensor(), note: z.string() }), output: z.object({ x: tensor(), note: z.string() }) },
      (value) => value,
    ),
    table: api({ input: Cells, output: Cells }, (frame) => frame),
    columns: api({ input: ByColumn, output: ByColumn }, (frame) => frame),
    values: api({ input: Values, output: Values }, (value) => value),
    raw: api({ input: bytes(), output: bytes() }, (value) => value),
    text: api({ input: z.string(), output: z.string() }, (value) => value),
    at: api({ input: z.date(), output: z.date() }, (value) => value),
    big: api({ input: z.bigint(), output: z.bigint() }, (value) => value),
    file: api({ input: file(), output: file() }, (value) => value),
    files: api({ input: Files, output: Files }, (value) => value),
  },
});

async function opened() {
  const app = await createApp(Echo);
  return { app, client: app.client() };
}
let app: Awaited<ReturnType<typeof opened>>["app"];
let client: Awaited<ReturnType<typeof opened>>["client"];
beforeAll(async () => ({ app, client } = await opened()));
afterAll(() => app.close());

/** Bits of every kind, those of the ends of each type more often than chance has them. */
const bits = fc.oneof(
  fc.constantFrom(0, 1, 0x7f, 0x80, 0xff).map((byte) => new Uint8Array(8).fill(byte)),
  fc.constantFrom(0x7c, 0x7f, 0x80, 0xff).map((byte) => Uint8Array.of(1, 0, 0, byte, 0, 0, 0xf0, byte)),
  fc.uint8Array({ minLength: 8, maxLength: 8 }),
);

/** Tensors of every dtype, shape and content, also such as JSON has no words for. */
const anyBits: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...dtypeNames), fc.array(fc.nat(3), { maxLength: 4 }), fc.infiniteStream(bits))
  .map(([dtype, shape, stream]) => {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const { array, bytes: width } = dtypes[dtype];
    const memory = new Uint8Array(size * width);
    for (let at = 0; at < memory.length; at += width) memory.set((stream.next().value as Uint8Array).subarray(0, width), at);
    if (dtype === "bool") memory.forEach((byte, at) => (memory[at] = byte & 1));
    const Typed = Reflect.get(globalThis, array) as new (buffer: ArrayBuffer) => TensorArrays[DType];
    return new Tensor(dtype, shape, new Typed(memory.buffer));
  });

const memoryOf = ({ data }: Tensor): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
const apart = (one: unknown): unknown => (Tensor.isTensor(one) ? [one.dtype, one.shape, memoryOf(one)] : one);

/** Whether JSON can tell of a tensor: finite numbers, and zeros without a sign. */
function isSayable(one: Tensor): boolean {
  const flat = one.reshape([one.size]);
  const all = Array.from({ length: one.size }, (_, at) => flat.at(at));
  return all.every((element) => typeof element !== "number" || (Number.isFinite(element) && !Object.is(element, -0)));
}

test("a tensor comes back with every bit through the client, alone and in an object", async () => {
  await fc.assert(
    fc.asyncProperty(anyBits, fc.string({ unit: "binary" }), async (x, note) => {
      expect(apart(await client.tensor(x))).toEqual(apart(x));
      const back = await client.named({ x, note });
      expect([apart(back.x), back.note]).toEqual([apart(x), note]);
    }),
    { numRuns },
  );
});

test("in every encoding, as far as that has words for it", async () => {
  const pairs = encodings.flatMap((sent) => encodings.map((wanted) => [sent, wanted] as const));
  await fc.assert(
    fc.asyncProperty(anyBits, fc.constantFrom(...pairs), async (x, [sent, wanted]) => {
      const isJson = sent === "json" || wanted === "json";
      if (isJson && !isSayable(x)) return;
      const answer = await app.request(`/of_${x.dtype}`, carrying(x, sent, wanted));
      expect(answer.status).toBe(200);
      const back = asTensor((await carried(answer)).value, x);
      // Lists tell neither a dtype nor how many columns no rows have.
      if (!isJson) expect(apart(back)).toEqual(apart(x));
      else expect(toJson(back.toArray())).toEqual(toJson(x.toArray()));
    }),
    { numRuns: 3 * numRuns },
  );
});

test("floats from lists come back as the floats next to them", async () => {
  const list = fc.array(
    fc.float({ noNaN: true, noDefaultInfinity: true }).map((float) => float + 0),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(list, async (floats) => {
      expect([...(await client.float32(floats)).data]).toEqual(floats);
    }),
    { numRuns },
  );
});

const date = fc.date({ noInvalidDate: true });
const maybe = <T>(cell: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(cell);
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0);
const rows = fc.array(
  fc.record({ n: maybe(number), s: maybe(fc.string({ unit: "binary" })), b: maybe(fc.boolean()), i: maybe(fc.bigInt()), d: maybe(date) }),
  { maxLength: 8 },
);

test("a table comes back with every cell, as rows, as columns, and as Arrow", async () => {
  await fc.assert(
    fc.asyncProperty(rows, async (records) => {
      expect((await client.table(records)).records()).toEqual(records);
      expect((await client.columns(DataFrame.fromRecords(records, { columns: ["n", "s", "b", "i", "d"] }))).records()).toEqual(records);
    }),
    { numRuns },
  );
  // 64 bits hold an integer of Arrow, and UTF-8 no lone surrogate.
  const told = rows.map((list) =>
    list.map(({ i, s, ...rest }) => ({ ...rest, s: s === null ? null : wellFormed(s), i: i === null ? null : BigInt.asIntN(64, i) })),
  );
  await fc.assert(
    fc.asyncProperty(told, async (records) => {
      const body = encodeArrowTable(DataFrame.fromRecords(records, { columns: ["n", "s", "b", "i", "d"] })) as Uint8Array<ArrayBuffer>;
      const type = "application/vnd.apache.arrow.stream";
      const answer = await app.request("/table", { method: "POST", headers: { "content-type": type, accept: type }, body });
      expect(answer.status).toBe(200);
      expect(decodeArrowTable(new Uint8Array(await answer.arrayBuffer())).records()).toEqual(records);
    }),
    { numRuns },
  );
});

const text = fc.string({ unit: "binary" });

test("dates, bigints, bytes, unions and records come back from within an object", async () => {
  const either = fc.oneof(
    fc.record({ kind: fc.constant("at" as const), value: date }),
    fc.record({ kind: fc.constant("raw" as const), value: fc.uint8Array() }),
  );
  const value = fc.record(
    {
      text,
      number,
      big: fc.bigInt(),
      at: fc.oneof(date, fc.constantFrom(new Date(8.64e15), new Date(-8.64e15), new Date(0))),
      raw: fc.uint8Array(),
      maybe: fc.option(date),
      // A text that is a date would be one.
      list: fc.array(
        fc.oneof(
          date,
          number,
          text.filter((one) => !/^[+-]?\d{4}/.test(one)),
        ),
      ),
      // Zod leaves out what could be taken for a prototype.
      byName: fc.dictionary(
        text.filter((key) => key !== "__proto__"),
        fc.bigInt(),
      ),
      either,
    },
    { requiredKeys: ["text", "number", "big", "at", "raw", "list", "byName", "either"] },
  );
  await fc.assert(
    fc.asyncProperty(value, async (given) => {
      expect(await client.values(given)).toEqual(given);
    }),
    { numRuns: 3 * numRuns },
  );
});

test("and as the whole input and output", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), text, date, fc.bigInt(), async (raw, words, at, big) => {
      expect(await client.raw(raw)).toEqual(raw);
      // The body is the text itself, in UTF-8.
      expect(await client.text(words)).toBe(wellFormed(words));
      expect(await client.at(at)).toEqual(at);
      expect(await client.big(big)).toBe(big);
    }),
    { numRuns },
  );
});

test("files come back with their bytes, names and types: alone, in a form, in lists, deep inside", async () => {
  // What a form writes for a quote and a line break is these for whoever reads it.
  const odd = fc.oneof(
    text.filter((name) => !/%(22|0a|0d)/i.test(name)),
    fc.constantFrom('"', "\\", "a;b", "a\r\nb.txt", "ä.png", "=?utf-8?q?x?=", "%", "x'y.txt", "💥.gif", "a/../b", "C:\\x"),
  );
  const one = fc
    .tuple(
      fc.uint8Array({ maxLength: 100 }),
      fc.option(odd, { nil: undefined }),
      fc.constantFrom("text/plain", "image/png", "application/x-a+b"),
    )
    .map(([content, name, type]) => BentoFile.from(content, { name, type }));
  // Of a text the answer says in which encoding it is.
  const told = async (some: BentoFile, name = some.name) => [await some.bytes(), name, some.type.split(";", 1)[0]];
  // In a form, as from a browser, what has no name is a file by this one.
  const inForm = (some: BentoFile) => told(some, some.name ?? "blob");
  await fc.assert(
    fc.asyncProperty(one, fc.array(one, { maxLength: 2 }), text, async (first, many, note) => {
      expect(first.name).toBe(first.name === undefined ? undefined : baseName(first.name));
      expect(await told(await client.file(first))).toEqual(await told(first));
      const back = await client.files({ one: first, many, inner: { one: first }, note });
      expect([await told(back.one), await Promise.all(back.many.map((some) => told(some))), await told(back.inner.one), back.note]).toEqual(
        [await inForm(first), await Promise.all(many.map(inForm)), await told(first), note],
      );
    }),
    { numRuns },
  );
});
