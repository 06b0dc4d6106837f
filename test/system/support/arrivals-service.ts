import { type BentoFile, BentoImage, type DataFrame, Tensor } from "@bento/core";
import { api, defineService } from "@bento/sdk";
import { bytes, dataframe, file, image, tensor } from "@bento/sdk/kinds";
import { z } from "zod";

const told = z.string();
const Point = z.object({ x: z.int(), label: z.string().nullable().default(null) });
const Shape = z.object({ kind: z.enum(["circle", "square"]), at: Point, day: z.iso.date() });

/** The class of a value, or its type. */
function nameOf(value: unknown): string {
  return typeof value === "object" && value !== null ? value.constructor.name : typeof value;
}

/** Class, dtype, shape, the array that holds the elements, and these. */
function tellTensor(given: Tensor): string {
  const { dtype, shape, data } = given;
  return [Tensor.isTensor(given), dtype, shape.join("x"), nameOf(data), Array.from(data as ArrayLike<unknown>, String).join(",")].join(" ");
}

/** Each column: its name, the types of its cells, and these. */
function tellTable(given: DataFrame): string {
  const columns = given.columns.map((name) => {
    const cells = Array.from(given.column(name) as ArrayLike<unknown>);
    return `${name} ${[...new Set(cells.map(nameOf))].join("|")} ${cells.map((cell) => (cell instanceof Date ? cell.toISOString() : String(cell))).join(",")}`;
  });
  return `${nameOf(given)} ${given.length}; ${columns.join("; ")}`;
}

async function tellFile(given: BentoFile): Promise<string> {
  return `${nameOf(given)} ${given.name ?? "unnamed"} ${given.type} ${(await given.bytes()).byteLength}`;
}

/** Tells of each kind of value as what it arrived, which a caller in Python cannot see otherwise. */
export const Arrivals = defineService({
  name: "Arrivals",
  apis: {
    any_tensor: api({ input: z.object({ a: tensor() }), output: told }, ({ a }) => tellTensor(a)),
    float_tensor: api({ input: z.object({ a: tensor("float32", ["n", 2]) }), output: told }, ({ a }) => tellTensor(a)),
    int_tensor: api({ input: z.object({ a: tensor("int64") }), output: told }, ({ a }) => tellTensor(a)),
    bool_tensor: api({ input: z.object({ a: tensor("bool") }), output: told }, ({ a }) => tellTensor(a)),
    root_tensor: api({ input: tensor("float64"), output: told }, tellTensor),
    table: api({ input: z.object({ df: dataframe() }), output: told }, ({ df }) => tellTable(df)),
    typed_table: api(
      { input: z.object({ df: dataframe({ n: "number", s: "string", b: "boolean", at: "date", big: "bigint" }) }), output: told },
      ({ df }) => tellTable(df as DataFrame),
    ),
    picture: api({ input: z.object({ img: image() }), output: told }, ({ img }) =>
      [BentoImage.isImage(img), img.format, img.width, img.height, img.name].join(" "),
    ),
    papers: api({ input: z.object({ files: z.array(file()), note: z.string() }), output: told }, async ({ files, note }) =>
      [note, ...(await Promise.all(files.map(tellFile)))].join("; "),
    ),
    root_file: api({ input: file(), output: told }, tellFile),
    moment: api({ input: z.object({ at: z.date() }), output: told }, ({ at }) => `${nameOf(at)} ${at.toISOString()}`),
    shape: api({ input: z.object({ shape: Shape }), output: Shape }, ({ shape }) => ({ ...shape, at: { ...shape.at, x: shape.at.x + 1 } })),
    big: api({ input: z.object({ n: z.bigint() }), output: told }, ({ n }) => `${nameOf(n)} ${n}`),
    raw: api({ input: bytes(), output: bytes() }, (data) => Uint8Array.from(data).toReversed()),
    blocks: api({ input: z.object({ n: z.int() }), output: bytes() }, function* ({ n }) {
      for (let at = 0; at < n; at++) yield new Uint8Array([255, at]);
    }),
    numbers: api({ input: z.object({ n: z.int() }), output: z.int() }, function* ({ n }) {
      for (let at = 0; at < n; at++) yield at * at;
    }),
  },
});
