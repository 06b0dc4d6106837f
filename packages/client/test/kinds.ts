import type { BentoFile, BentoImage, DataFrame, Tensor } from "@bento/core";
import type { ServiceDocument } from "../src/index.js";

type FileInput = Blob | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | BentoFile;
type Floats = Tensor<"float32"> | Float32Array | number[][];

/** A service of every kind, as its callers see it. */
export declare class Kinds {
  size(file: FileInput): Promise<number>;
  merge(input: { docs: FileInput[]; mode?: string; cover?: FileInput | null; top?: number[] }): Promise<string>;
  nested(input: { pages: { scan: FileInput }[] }): Promise<string>;
  scale(input: { m: Floats; by?: number; at?: Date }): Promise<Tensor<"float32">>;
  double(m: Floats): Promise<Tensor<"float32">>;
  describe(input: { rows: DataFrame | object[] }): Promise<DataFrame>;
  reverse(data: Uint8Array | ArrayBuffer): Promise<Uint8Array>;
  seal(input: { secret: Uint8Array; text: Uint8Array }): Promise<{ secret: Uint8Array; n: bigint }>;
  report(): Promise<BentoFile>;
  picture(): Promise<BentoImage>;
  maybe(): Promise<BentoFile | null>;
  feed(items: AsyncIterable<{ n: number }> | { n: number }[]): Promise<number>;
  pour(bytes: AsyncIterable<Uint8Array> | FileInput): Promise<number>;
  rows(): AsyncGenerator<Tensor<"float32">>;
}

const file = { type: "file", format: "binary" };
const floats = { type: "tensor", format: "numpy-array", dtype: "float32", shape: [-1, 2], "x-bento-shape": ["n", 2] };
const base64 = { type: "string", contentEncoding: "base64", "x-bento-type": "bytes" };
const object = (properties: Record<string, unknown>) => ({ type: "object", properties });
const root = (schema: object) => ({ ...schema, root_input: true });
const date = { type: "string", format: "date-time", "x-bento-type": "date" };
const scan = { $ref: "#/$defs/Scan" };

const endpoints: Record<string, { readonly input: Record<string, unknown>; readonly output: Record<string, unknown> }> = {
  size: { input: root(file), output: { type: "number" } },
  merge: {
    input: object({
      docs: { type: "array", items: file },
      mode: { type: "string" },
      cover: { anyOf: [file, { type: "null" }] },
      top: { type: "array", items: { type: "number" } },
    }),
    output: { type: "string" },
  },
  nested: {
    input: { ...object({ pages: { type: "array", items: object({ scan }) } }), $defs: { Scan: file } },
    output: { type: "string" },
  },
  scale: { input: object({ m: floats, by: { type: "number" }, at: date }), output: floats },
  double: { input: root(floats), output: floats },
  describe: {
    input: object({ rows: { type: "dataframe", orient: "records" } }),
    output: { type: "dataframe", orient: "columns", columns: ["name", "at", "n"], "x-bento-columns": { at: "date", n: "bigint" } },
  },
  reverse: { input: root(base64), output: base64 },
  seal: {
    input: object({ secret: base64, text: { type: "string", format: "binary", "x-bento-type": "bytes" } }),
    output: object({ secret: base64, n: { type: "integer", format: "int64", "x-bento-type": "bigint" } }),
  },
  report: { input: object({}), output: { type: "file", format: "text", content_type: "text/csv" } },
  picture: { input: object({}), output: { type: "file", format: "image", pil: true } },
  maybe: { input: object({}), output: { anyOf: [file, { type: "null" }] } },
  feed: { input: root({ type: "array", items: object({ n: { type: "number" } }), "x-bento-stream": true }), output: { type: "number" } },
  pour: { input: root({ ...file, "x-bento-stream": true }), output: { type: "number" } },
  rows: { input: object({}), output: { ...floats, is_stream: true } },
};

/** What that service would answer at `/schema.json`. */
export const kindsSchema: ServiceDocument = {
  name: "kinds",
  routes: Object.entries(endpoints).map(([name, schemas]) => ({ name, route: `/${name}`, ...schemas })),
};
