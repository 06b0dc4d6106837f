import { DataFrame, encodeSafetensors, Tensor } from "@bento/core";
import { arrowType, encodeArrowTable, encodeArrowTensors } from "@bento/core/arrow";

import { type BadCase, gzipped, onePart, post } from "./bad-input-requests.js";

/** What is wrong, the kind, the bytes, and what is said: an issue at a place, or that the bytes are none. */
type BadBytes = readonly [what: string, kind: string, bytes: Uint8Array, says: string, at?: readonly (string | number)[]];

const safetensorsType = "application/x-safetensors";

function withHeader(header: string, data = 0): Uint8Array {
  const text = Buffer.from(header);
  const bytes = Buffer.alloc(8 + text.length + data);
  bytes.writeBigUInt64LE(BigInt(text.length));
  bytes.set(text, 8);
  return bytes;
}

const entry = (more: object = {}): string => JSON.stringify({ dtype: "F32", shape: [1, 2], data_offsets: [0, 8], ...more });
const packed = (tensor: Tensor): Uint8Array => encodeSafetensors(new Map([["x", tensor]]));
const floats = packed(Tensor.from([[1, 2]], "float32"));
const lie = (more: object): Uint8Array => withHeader(`{"x":${entry(more)}}`, 8);

const safetensors: readonly BadBytes[] = [
  ["nothing", "float32", new Uint8Array(), "it ends after 0 bytes"],
  ["the head cut off", "float32", floats.subarray(0, 20), "but only 12 follow"],
  ["the tensor cut off", "float32", floats.subarray(0, -1), 'tensor "x"'],
  ["more than the tensors", "float32", Buffer.concat([floats, Buffer.of(0)]), "left over"],
  ["a header of 100 MB in eight bytes", "float32", Uint8Array.of(0, 225, 245, 5, 0, 0, 0, 0), "100000000 bytes"],
  ["a header of 2^64 bytes", "float32", new Uint8Array(16).fill(255), "18446744073709551615 bytes"],
  ["a shape that lies", "float32", lie({ shape: [1_000_000, 2] }), 'tensor "x"'],
  ["a shape whose product overflows", "float32", lie({ shape: [2 ** 52, 2 ** 52] }), 'tensor "x"'],
  ["a shape below zero", "float32", lie({ shape: [-1, -2] }), 'tensor "x"'],
  ["offsets that lie", "float32", lie({ data_offsets: [0, 2 ** 40] }), 'tensor "x"'],
  ["offsets turned around", "float32", lie({ data_offsets: [8, 0] }), 'tensor "x"'],
  ["tensors that overlap", "float32", withHeader(`{"x":${entry()},"y":${entry()}}`, 8), 'tensor "y"'],
  ["a dtype of the prototype", "float32", lie({ dtype: "constructor" }), 'tensor "x"'],
  ["a name twice", "float32", withHeader(`{"x":${entry()},"x":${entry()}}`, 8), '"x" twice'],
  ["no UTF-8", "float32", Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0x7d), "not UTF-8"],
  ["JSON that names no tensor", "float32", withHeader('{"__metadata__":{"json":"{\\"x\\":{\\"$tensor\\":\\"y\\"}}"}}'), '"y"'],
  ["another dtype", "float32", packed(Tensor.from([[1, 2]], "float64")), "dtype_mismatch", []],
  ["another shape", "float32", packed(Tensor.from([[1, 2, 3]], "float32")), "shape_mismatch", []],
  ["another dtype", "int8", packed(Tensor.from([[1, 2]], "uint8")), "dtype_mismatch", []],
  ["another dtype", "int64", packed(Tensor.from([[1, 2]], "int32")), "dtype_mismatch", []],
];

const table = encodeArrowTable(DataFrame.fromRecords([{ n: 1, s: "a" }]));
const people = (row: object): Uint8Array => encodeArrowTable(DataFrame.fromRecords([row as Readonly<Record<string, unknown>>]));

/** The stream with one of its numbers changed, the n-th that is such. */
function lying(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = Array.from({ length: copy.length / 4 }, (_, i) => i * 4).find((place) => place > 8 && copy.readInt32LE(place) === from);
  copy.writeInt32LE(to, at);
  return copy;
}

const arrow: readonly BadBytes[] = [
  ["nothing", "table", new Uint8Array(), "it is empty"],
  ["an Arrow file", "table", Buffer.from("ARROW1\0\0................"), "Arrow file"],
  ["a stream cut off", "table", table.subarray(0, table.byteLength / 2 - 4), "it ends within"],
  ["metadata of 4 GB", "table", new Uint8Array([255, 255, 255, 255, 255, 255, 255, 127, 0]), "metadata of 2147483647 bytes"],
  ["a message whose length lies", "table", lying(table, -1, 1 << 30), ""],
  ["bytes behind the end", "table", Buffer.concat([table, Buffer.alloc(8)]), "follow its end"],
  ["text in a column of numbers", "table", people({ n: "1" }), "invalid_type", [0, "n"]],
  ["a number in a column of texts", "table", people({ s: 1 }), "invalid_type", [0, "s"]],
  ["a number in a column of dates", "table", people({ d: 1 }), "invalid_type", [0, "d"]],
  ["nothing", "float32", new Uint8Array(), "it is empty"],
  ["another dtype", "float32", arrowOf(Tensor.from([[1, 2]], "float64")), "dtype_mismatch", []],
  ["another shape", "float32", arrowOf(Tensor.from([[1, 2, 3]], "float32")), "shape_mismatch", []],
];

function arrowOf(tensor: Tensor): Uint8Array {
  return Buffer.concat(encodeArrowTensors({ x: tensor }));
}

/** Tensors and tables in bytes that are none, or not what is due: as the body, as the whole input, as a part of a form. */
export function badBinaries(): BadCase[] {
  return [
    ...safetensors.flatMap((bad) => encoded(bad, "safetensors", safetensorsType)),
    ...arrow.flatMap((bad) => encoded(bad, "Arrow", arrowType)),
  ];
}

function encoded([what, kind, bytes, says, at]: BadBytes, name: string, type: string): BadCase[] {
  const told = (...field: readonly string[]): Pick<BadCase, "status" | "code" | "says" | "at"> =>
    at === undefined
      ? { status: 400, code: "BENTO_BAD_REQUEST", says }
      : { status: 400, code: "BENTO_INPUT_INVALID", says, at: [...field, ...at] };
  const title = (how: string): string => `${kind}: ${name}, ${what}, ${how}`;
  return [
    { what: title("as the body"), path: `/${kind}`, init: post(type, bytes), ...told("x") },
    { what: title("as a compressed body"), path: `/${kind}`, init: gzipped(type, bytes), ...told("x") },
    { what: title("as the whole input"), path: `/root-${kind}`, init: post(type, bytes), ...told() },
    {
      what: title("as a part of a form"),
      path: `/${kind}`,
      init: onePart(bytes, `; filename="x"\r\nContent-Type: ${type}`),
      ...told("x"),
      ...(at === undefined && { says: `"x"` }),
    },
  ];
}
