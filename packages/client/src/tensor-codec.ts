import { decodeTensorBody, encodeTensorBody, isDType, type JsonSchema, onlyTensor, parseTensor, Tensor } from "@bento/core";
import type { RequestBody } from "./request-body.js";
import { tensorsType } from "./wire-kinds.js";

/** The tensor of a typed array or of another tensor, as a schema says; what does not fit stays, for the service to judge. */
export function toTensor(value: unknown, schema: JsonSchema): unknown {
  const parsed = parseTensor(value, specOf(schema));
  return parsed.issues === undefined ? parsed.value : value;
}

/** The tensor of what JSON made of one: lists, in which `null` stands for a number that JSON lacks. */
export function fromJson(value: unknown, schema: JsonSchema): unknown {
  if (value === null) return null;
  const parsed = parseTensor(value, specOf(schema));
  if (parsed.issues === undefined) return parsed.value;
  const again = parseTensor(withNaN(value), specOf(schema));
  return again.issues === undefined ? again.value : value;
}

/** A body of safetensors, if there is a tensor in a value. */
export function tensorBody(value: unknown): RequestBody | undefined {
  if (!holdsTensor(value)) return undefined;
  return { body: new Blob(encodeTensorBody(value) as Uint8Array<ArrayBuffer>[]), headers: { "content-type": tensorsType } };
}

/** @throws BENTO_REMOTE_FAILED is left to the caller: BENTO_BAD_REQUEST for bytes that are no tensors */
export function fromTensorBody(bytes: Uint8Array, isRoot: boolean): unknown {
  const value = decodeTensorBody(bytes);
  return isRoot ? onlyTensor(value) : value;
}

function specOf({ dtype, shape, "x-bento-shape": named }: JsonSchema): Parameters<typeof parseTensor>[1] {
  const sizes = named ?? shape;
  return { dtype: isDType(dtype) ? dtype : undefined, shape: Array.isArray(sizes) ? (sizes as (number | string)[]) : undefined };
}

function withNaN(value: unknown): unknown {
  return Array.isArray(value) ? value.map(withNaN) : (value ?? "NaN");
}

function holdsTensor(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Tensor.isTensor(value) || Object.values(value).some(holdsTensor);
}
