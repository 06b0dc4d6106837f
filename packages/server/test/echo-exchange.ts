import { decodeTensorBody, encodeTensorBody, onlyTensor, parseTensor, type Tensor, toJson } from "@bento/core";
import { decodeArrowTensors, encodeArrowTensors } from "@bento/core/arrow";
import fc from "fast-check";

import { Tensor as Tensors } from "@bento/sdk";

/** Asks a service. */
export type Ask = (path: string, init: RequestInit) => Promise<Response>;

export const types = {
  json: "application/json",
  safetensors: "application/x-safetensors",
  arrow: "application/vnd.apache.arrow.stream",
} as const;
export type Encoding = keyof typeof types;
export const encodings = Object.keys(types) as Encoding[];

/** A request that carries a value with tensors in one encoding, and accepts another. */
export function carrying(value: unknown, sent: Encoding, wanted: Encoding): RequestInit {
  const chunks = sent === "json" ? [toJson(value)] : sent === "arrow" ? encodeArrowTensors(value) : encodeTensorBody(value);
  return { method: "POST", headers: { "content-type": types[sent], accept: types[wanted] }, body: new Blob(chunks as BlobPart[]) };
}

/** The value of an answer, and what encoding it came in. */
export async function carried(response: Response): Promise<{ readonly type: string | null; readonly value: unknown }> {
  const type = response.headers.get("content-type");
  if (type === types.json) return { type, value: await response.json() };
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { type, value: type === types.arrow ? decodeArrowTensors(bytes) : decodeTensorBody(bytes) };
}

const dtypes = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"] as const;

/** Tensors of every dtype of which JSON can tell every value that is made here. */
export const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }), fc.infiniteStream(fc.nat(1)))
  .map(([dtype, shape, bits]) => {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const data = Array.from({ length: size }, () => bits.next().value as number);
    const flat = dtype === "bool" ? data.map(Boolean) : data;
    return Tensors.from(flat, dtype).reshape(shape);
  });

/** A tensor as it is compared: however it came, by its elements alone. */
export function elements(value: unknown): unknown {
  return JSON.parse(toJson(value));
}

/** A tensor that came as the whole answer. */
export function asTensor(value: unknown, like: Tensor): Tensor {
  const only = onlyTensor(value);
  if (Tensors.isTensor(only)) return only;
  const parsed = parseTensor(value, { dtype: like.dtype });
  if (parsed.issues !== undefined) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}
