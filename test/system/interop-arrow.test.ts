import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ColumnSource, DataFrame, type DType, dtypes, Tensor } from "@bento/core";
import { decodeArrowTable, decodeArrowTensors, encodeArrowTable, encodeArrowTensors } from "@bento/core/arrow";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../support/run-command.js";
import { pythonEnvironment, pythonPath } from "./support/python.js";
import { type TemporaryHome, temporaryHome } from "./support/temporary-home.js";

const script = fileURLToPath(new URL("support/arrow_streams.py", import.meta.url));
const streams = 150;

/** Cells that stay what they are in Arrow, by column. */
const text = fc.string({
  unit: fc.oneof(fc.constantFrom("ü", "漢", "🙂", "\0", "\u{FEFF}", "\n"), fc.string({ minLength: 1, maxLength: 1 })),
  maxLength: 12,
});
const date = fc.date({ min: new Date("0002-01-01"), max: new Date("9998-12-31"), noInvalidDate: true });
const anyCells: readonly fc.Arbitrary<unknown>[] = [
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  text,
  date,
  fc.uint8Array({ maxLength: 9 }),
  fc.array(fc.double({ noInteger: true }), { maxLength: 4 }),
  fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 3 }),
  fc.constant(null),
  fc.oneof(fc.boolean(), text, fc.dictionary(text, fc.integer({ min: 1 }), { maxKeys: 3, noNullPrototype: true })),
];
const anyFrame = fc
  .record({ length: fc.nat(7), kinds: fc.array(fc.constantFrom(...anyCells), { maxLength: 6 }) })
  .chain(({ length, kinds }) => {
    const lists = kinds.map((kind) => fc.array(fc.option(kind, { freq: 4 }), { minLength: length, maxLength: length }));
    const numbers = fc
      .constantFrom(Int8Array, Uint16Array, Float32Array)
      .map((array): ColumnSource => new array(Array.from({ length }, (_, row) => row / 3)));
    return fc.tuple(fc.array(numbers, { maxLength: 1 }), fc.tuple(...lists));
  })
  .map(([numbers, lists]) => DataFrame.fromColumns(new Map([...numbers, ...lists].map((column, index) => [`c${index}`, column]))));

/** Of any dtype and shape, with whatever bits. */
const anyTensor = fc
  .tuple(fc.constantFrom(...(Object.keys(dtypes) as DType[])), fc.array(fc.nat(4), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const length = shape.reduce((product, dimension) => product * dimension, dtypes[dtype].bytes);
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes): Tensor => {
      const own = dtype === "bool" ? bytes.map((byte) => byte & 1) : bytes.slice();
      const array = globalThis[dtypes[dtype].array as "Uint8Array"];
      return new Tensor(dtype, shape, new array(own.buffer));
    });
  });

const anyTensors = fc.dictionary(text.filter(isName), anyTensor, { minKeys: 1, maxKeys: 4, noNullPrototype: true });

function isName(name: string): boolean {
  return name !== "__proto__" && name !== "__metadata__";
}

let home: TemporaryHome;
const { seed, frames, tensors } = anyValues();

function anyValues(): {
  readonly seed: number;
  readonly frames: readonly DataFrame[];
  readonly tensors: readonly Readonly<Record<string, Tensor>>[];
} {
  const any = Math.trunc(Math.random() * 2 ** 31);
  return {
    seed: any,
    frames: fc.sample(anyFrame, { numRuns: streams, seed: any }),
    tensors: fc.sample(anyTensors, { numRuns: streams, seed: any }),
  };
}

/** What Python has read of one stream, and the same rows as it wrote them. */
async function answer(name: string): Promise<{ readonly said: unknown; readonly back: Uint8Array }> {
  return {
    said: JSON.parse(await readFile(join(home.path, `${name}.json`), "utf8")),
    back: await readFile(join(home.path, `${name}.back`)),
  };
}

beforeAll(async () => {
  home = await temporaryHome();
  for (const [index, frame] of frames.entries()) await writeFile(join(home.path, `t${index}.table`), encodeArrowTable(frame));
  for (const [index, value] of tensors.entries()) await writeFile(join(home.path, `n${index}.tensors`), encodeArrowTensors(value));
  await runCommand(pythonPath, [script, home.path], { env: pythonEnvironment });
});
afterAll(() => home[Symbol.asyncDispose]());

describe("tables", () => {
  test("are to pyarrow what they are here", async () => {
    for (const [index, frame] of frames.entries()) {
      const { said } = await answer(`t${index}`);
      expect(said, `seed ${seed}, table ${index}`).toEqual(
        frame.columns.map((name) => [name, cellsOf(frame, name).map((cell) => saidOf(cell, cellsOf(frame, name)))]),
      );
    }
  });

  test("come back from it as they were, in messages of two rows and with categories", async () => {
    for (const [index, frame] of frames.entries()) {
      const { back } = await answer(`t${index}`);
      expect(decodeArrowTable(back).toColumns(), `seed ${seed}, table ${index}`).toEqual(
        decodeArrowTable(encodeArrowTable(frame)).toColumns(),
      );
    }
  });
});

/** Names by which numpy knows the elements; it has no bfloat16. */
function numpyName(dtype: DType): string {
  return dtype === "bfloat16" ? "uint16" : dtype;
}

describe("tensors", () => {
  test("are to pyarrow and numpy what they are here", async () => {
    for (const [index, value] of tensors.entries()) {
      const { said } = await answer(`n${index}`);
      const [first] = Object.values(value);
      const isWhole = Object.values(value).some(({ shape }) => shape.length === 0 || shape[0] !== first?.shape[0]);
      const expected = Object.entries(value).map(([name, { dtype, shape, data }]) => {
        return [name, numpyName(dtype), isWhole ? [1, ...shape] : shape, bytesOf({ data })];
      });
      expect(said, `seed ${seed}, tensors ${index}`).toEqual(expected);
    }
  });

  test("come back from numpy as they were", async () => {
    for (const [index, value] of tensors.entries()) {
      const { back } = await answer(`n${index}`);
      const read = decodeArrowTensors(back) as Readonly<Record<string, Tensor>>;
      for (const [name, tensor] of Object.entries(value)) {
        // Python says neither that each is one row, nor what the bits of a bfloat16 are.
        expect(Object.keys(read), `seed ${seed}, tensors ${index}`).toContain(name);
        const { dtype, data } = read[name] as Tensor;
        const asGiven = new Tensor(tensor.dtype, tensor.shape, data);
        expect([dtype, bytesOf(asGiven)], `seed ${seed}, tensors ${index}, ${name}`).toEqual([numpyName(tensor.dtype), bytesOf(tensor)]);
      }
    }
  });
});

function bytesOf({ data }: Pick<Tensor, "data">): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
}

function cellsOf(frame: DataFrame, name: string): readonly unknown[] {
  return Array.from(frame.column(name));
}

/** A cell as arrow_streams.py says it; which column it is in decides what is JSON. */
function saidOf(cell: unknown, cells: readonly unknown[]): unknown {
  if (cell === null) return null;
  return isJsonColumn(cells) ? { json: cell } : saidValue(cell);
}

function isJsonColumn(cells: readonly unknown[]): boolean {
  const types = new Set(
    cells.filter((cell) => cell !== null).map((cell) => (isPlainObject(cell) ? "object" : isBuiltIn(cell) ? "built-in" : typeof cell)),
  );
  return types.size > 1 || types.has("object");
}

function isBuiltIn(cell: unknown): boolean {
  return typeof cell === "object";
}

function isPlainObject(cell: unknown): boolean {
  return typeof cell === "object" && cell !== null && Object.getPrototypeOf(cell) === Object.prototype;
}

function saidValue(cell: unknown): unknown {
  if (Array.isArray(cell)) return cell.map(saidValue);
  if (cell instanceof Date) return { date: cell.getTime() };
  if (cell instanceof Uint8Array) return { bytes: Buffer.from(cell).toString("base64") };
  if (typeof cell === "bigint") return { bigint: String(cell) };
  if (typeof cell !== "number") return cell;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(cell);
  return { number: Number.isNaN(cell) ? "nan" : bytes.toString("hex") };
}
