import { Buffer } from "node:buffer";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { BentoError } from "@bento/core";
import { api, BentoFile, DataFrame, defineService, Tensor } from "@bento/sdk";
import { audio, dataframe, file, image, pdf, tensor } from "@bento/sdk/kinds";
import { z } from "zod";

import { gate } from "./gate.js";
import { decodePng, encodePng } from "./tiny-png.js";

const float64 = (shape: readonly number[], element: (at: number) => number): Tensor<"float64"> =>
  new Tensor(
    "float64",
    shape,
    Float64Array.from({ length: shape.reduce((size, one) => size * one, 1) }, (_, at) => element(at)),
  );
const numberAt = ({ data }: Tensor, at: number): number => Number(data[at]);

/** Every cell that is a number. */
function mapCells(table: DataFrame, change: (cell: number) => number): DataFrame {
  const changed = (cell: unknown): unknown => (typeof cell === "number" ? change(cell) : cell);
  const columns = table.columns.map((name) => [name, Array.from(table.column(name) as ArrayLike<unknown>, changed)] as const);
  return DataFrame.fromColumns(new Map(columns));
}

export const Arrays = defineService({
  name: "Arrays",
  apis: {
    double: api({ input: z.object({ a: tensor() }), output: tensor() }, ({ a }) => float64(a.shape, (at) => numberAt(a, at) * 2)),
    scale: api({ input: z.object({ m: tensor("float32", [2, 3]), by: z.number().default(2) }), output: tensor("float32") }, ({ m, by }) => {
      const factor = Math.fround(by);
      return new Tensor(
        "float32",
        m.shape,
        m.data.map((element) => element * factor),
      );
    }),
    count: api({ input: z.object({ ints: tensor("int64") }), output: z.record(z.string(), z.int()) }, ({ ints }) => ({
      ndim: ints.shape.length,
      size: ints.size,
    })),
    many: api({ input: z.object({ parts: z.array(tensor()) }), output: tensor() }, ({ parts }) => Tensor.concat(parts)),
    describe: api({ input: z.object({ df: dataframe() }), output: z.record(z.string(), z.int()) }, ({ df }) => ({
      rows: df.length,
      columns: df.columns.length,
    })),
    double_rows: api({ input: z.object({ df: dataframe(["a", "b"]) }), output: dataframe() }, ({ df }) => mapCells(df, (cell) => cell * 2)),
    by_column: api(
      {
        input: z.object({ df: dataframe(["a", "b"], { orient: "columns" }) }),
        output: dataframe(undefined, { orient: "columns" }),
      },
      ({ df }) => mapCells(df, (cell) => cell + 1),
    ),
  },
});

const sizeOf = async (given: BentoFile): Promise<number> => (await given.bytes()).byteLength;
const colors: Readonly<Record<string, readonly number[]>> = { red: [255, 0, 0], blue: [0, 0, 255] };

export const Media = defineService({
  name: "Media",
  apis: {
    size: api({ input: z.object({ file: file() }), output: z.int() }, ({ file: given }) => sizeOf(given)),
    suffix: api(
      {
        input: z.object({ file: file(), upper: z.boolean().default(false), label: z.string().default("ext") }),
        output: z.record(z.string(), z.string()),
      },
      ({ file: { name = "" }, upper, label }) => ({ [label]: upper ? extname(name).toUpperCase() : extname(name) }),
    ),
    pages: api({ input: z.object({ doc: pdf() }), output: z.boolean() }, async ({ doc }) => (await doc.text()).startsWith("%PDF")),
    image_size: api({ input: z.object({ img: image() }), output: z.array(z.int()) }, ({ img }) => [img.width, img.height]),
    any_image: api({ input: z.object({ img: file("image/*") }), output: z.int() }, ({ img }) => sizeOf(img)),
    clip_length: api({ input: z.object({ clip: audio() }), output: z.int() }, ({ clip }) => sizeOf(clip)),
    sizes: api(
      { input: z.object({ files: z.array(file()), extra: z.int().default(0) }), output: z.array(z.int()) },
      async ({ files, extra }) => (await Promise.all(files.map(sizeOf))).map((size) => size + extra),
    ),
    optional_image: api(
      { input: z.object({ note: z.string(), img: image().nullable().default(null) }), output: z.string() },
      ({ note, img }) => `${note}:${img?.width ?? "none"}`,
    ),
    two: api(
      {
        input: z.object({ left: file(), right: file(), opts: z.record(z.string(), z.int()).default({}) }),
        output: z.record(z.string(), z.json()),
      },
      async ({ left, right, opts }) => ({ same: Buffer.compare(await left.bytes(), await right.bytes()) === 0, opts }),
    ),
    upper: api({ input: z.object({ file: file() }), output: file() }, async ({ file: given }) =>
      BentoFile.from(new Uint8Array(await given.bytes()).map(upperCase), { name: "upper.txt", type: "text/plain" }),
    ),
    make_csv: api({ input: z.object({ rows: z.int() }), output: file("text/csv") }, ({ rows }) => {
      const lines = Array.from({ length: rows }, (_, row) => `${row},${row * row}\n`);
      return BentoFile.from(lines.join(""), { name: "table é.csv", type: "text/csv" });
    }),
    make_gif: api({ input: z.object({}), output: file() }, () =>
      BentoFile.from(Buffer.from("R0lGODdhAgACAIEAAAcHBwAAAAAAAAAAACwAAAAAAgACAAAIBgABCAQQEAA7", "base64"), { name: "dot.gif" }),
    ),
    square: api({ input: z.object({ side: z.int(), color: z.string().default("red") }), output: image() }, ({ side, color }) => {
      const pixel = colors[color];
      if (pixel === undefined) throw new TypeError(`unknown color: ${color}`);
      const rgb = Uint8Array.from({ length: side * side * 3 }, (_, at) => pixel[at % 3] ?? 0);
      return encodePng({ width: side, height: side, rgb });
    }),
    mirror: api({ input: z.object({ img: image() }), output: image() }, async ({ img }) => {
      // Node has no codec for photographs: those go back as they came.
      if (img.format !== "png") return img;
      const { width, height, rgb } = decodePng(await img.bytes());
      const mirrored = rgb.map((_, at) => {
        const [row, column, part] = [Math.trunc(at / (width * 3)), Math.trunc(at / 3) % width, at % 3];
        return rgb[(row * width + width - 1 - column) * 3 + part] ?? 0;
      });
      return encodePng({ width, height, rgb: mirrored });
    }),
  },
});

/** As Python's `bytes.upper`: ASCII alone. */
function upperCase(byte: number): number {
  return byte >= 97 && byte <= 122 ? byte - 32 : byte;
}

/** Batches that last until the test lets them go, where it says so: a recorded time is nothing to wait for. */
export const chewing = { isHeld: false, held: gate(), release: gate() };

async function hold(): Promise<void> {
  if (!chewing.isHeld) {
    await sleep(400);
    return;
  }
  chewing.isHeld = false;
  chewing.held.open();
  await chewing.release.promise;
}

const Numbers = z.object({ xs: z.array(z.int()) });

export const Batched = defineService({
  name: "Batched",
  apis: {
    batch_size: api(
      { input: Numbers, output: z.array(z.int()), batchable: true, maxBatchSize: 8, maxLatencyMs: 20_000 },
      async ({ xs }) => {
        await (xs.includes(0) ? hold() : sleep(10));
        return xs.map(() => xs.length);
      },
    ),
    row_sum: api(
      { input: z.object({ rows: tensor() }), output: tensor(), batchable: true, maxBatchSize: 4, maxLatencyMs: 20_000 },
      ({ rows }) => {
        const [length = 0, width = 0] = rows.shape;
        return float64([length], (row) => sum(width, (column) => numberAt(rows, row * width + column)));
      },
    ),
    column_sum: api({ input: z.object({ m: tensor() }), output: tensor(), batchable: true, batchDim: [1, 0], maxBatchSize: 8 }, ({ m }) => {
      const [length = 0, width = 0] = m.shape;
      return float64([width], (column) => sum(length, (row) => numberAt(m, row * width + column)));
    }),
    fail: api({ input: Numbers, output: z.array(z.int()), batchable: true }, () => {
      throw new BentoError("BENTO_BAD_REQUEST", "the whole batch is refused");
    }),
    shout: api({ input: z.array(z.string()), output: z.array(z.string()), batchable: true }, (texts) =>
      texts.map((text) => text.toUpperCase()),
    ),
  },
});

function sum(length: number, element: (at: number) => number): number {
  return Array.from({ length }, (_, at) => element(at)).reduce((total, one) => total + one, 0);
}

/** The recorded one waits 150 ms; a machine that has much else to do may need longer to begin what is to be answered. */
export const Swamped = defineService({
  name: "Swamped",
  description: "Batches that take longer than callers may wait.",
  apis: {
    chew: api(
      { input: z.object({ xs: z.array(z.number()) }), output: z.array(z.number()), batchable: true, maxBatchSize: 2, maxLatencyMs: 600 },
      async ({ xs }) => {
        await (xs.includes(1) ? hold() : sleep(10));
        return xs;
      },
    ),
  },
});
