import type { BentoIssue } from "../errors.js";
import { arrayClassOf, type DType, dtypeOfArray, dtypes, type TensorArrays } from "./dtype.js";
import { type Dimension, DimensionNames } from "./dimension-names.js";
import { readNested } from "./nested.js";
import { sizeOfShape } from "./shape.js";
import { Tensor } from "./tensor.js";

/** What a tensor must be. */
export interface TensorSpec<D extends DType = DType> {
  /** Its element type; by default whatever comes, lists of numbers being float64. */
  readonly dtype?: D | undefined;
  /** Its sizes: numbers, -1 for any, names for such as must agree. By default any shape. */
  readonly shape?: readonly Dimension[] | undefined;
}

/** A tensor, or why there is none; laid out as the result of a Standard Schema. */
export type ParsedTensor<D extends DType = DType> =
  | { readonly value: Tensor<D>; readonly issues?: undefined }
  | { readonly issues: readonly BentoIssue[] };

/**
 * Reads what a caller gave for a tensor: a tensor, a typed array or nested lists, as they come out of JSON.
 *
 * - The dtype is taken exactly: no fraction for an integer, nothing beyond the range, no integer beyond the safe ones as a
 *   number for the 64-bit ones (a bigint or its digits as text is right). `"NaN"`, `"Infinity"` and `"-Infinity"` are floats;
 *   null never is.
 * - A flat list or one-dimensional tensor of the right size takes the shape where that is all numbers, one of which may
 *   be -1. So does a typed array, for which one dimension may have a name, too.
 * - It never throws, and takes time and memory in proportion to what is there.
 * @source BentoML src/_bentoml_sdk/validators.py (TensorSchema); differs: it casts, and takes any shape of the right size.
 */
export function parseTensor<D extends DType = DType>(value: unknown, spec: TensorSpec<D> = {}): ParsedTensor<D> {
  const read = readTensor(value, spec);
  if (!Tensor.isTensor(read)) return { issues: [read] };
  if (spec.shape === undefined) return { value: read as Tensor<D> };
  const shaped = Array.isArray(value) ? fromLists(read, spec.shape) : takeShape(read, spec.shape, !Tensor.isTensor(value));
  const issue = new DimensionNames().bind(spec.shape, shaped.shape);
  return issue === undefined ? { value: shaped as Tensor<D> } : { issues: [issue] };
}

function readTensor(value: unknown, { dtype }: TensorSpec): Tensor | BentoIssue {
  if (Tensor.isTensor(value)) return dtype === undefined || value.dtype === dtype ? value : wrongDType(dtype, value.dtype);
  const array = arrayClassOf(value);
  if (array !== undefined) {
    const own = dtypeOfArray(value);
    if (own === undefined || (dtype !== undefined && dtypes[dtype].array !== array)) return wrongDType(dtype, array);
    return new Tensor(dtype ?? own, [(value as TensorArrays[DType]).length], value as TensorArrays[DType]);
  }
  const parts = readNested(value, dtype);
  return "data" in parts ? new Tensor(parts.dtype, parts.shape, parts.data) : parts;
}

function wrongDType(due: DType | undefined, is: string): BentoIssue {
  return { path: [], message: `A tensor${due === undefined ? "" : ` of ${due}`} is due here, not one of ${is}.`, code: "dtype_mismatch" };
}

/** Lists without an element end early: `[]` may be of shape [0, 3]. What they do not tell is as it is due, and 0 where that has a name. */
function fromLists(tensor: Tensor, due: readonly Dimension[]): Tensor {
  const missing = due.slice(tensor.shape.length);
  if (tensor.size > 0 || missing.length === 0) return takeShape(tensor, due, false);
  return tensor.reshape([...tensor.shape, ...missing.map((size) => (typeof size === "string" || size === -1 ? 0 : size))]);
}

/** The tensor in the shape that is due, where it is flat and there is no doubt; else as it is. */
function takeShape(tensor: Tensor, due: readonly Dimension[], mayHaveName: boolean): Tensor {
  if (tensor.shape.length !== 1 || due.length === 1) return tensor;
  const free = due.filter((size) => typeof size === "string" || size === -1);
  if (free.length > 1 || (!mayHaveName && typeof free[0] === "string")) return tensor;
  const known = due.reduce<number>((size, dimension) => (typeof dimension === "string" || dimension === -1 ? size : size * dimension), 1);
  // Among no elements, any number of rows would do.
  if (free.length === 1 && known === 0) return tensor;
  const left = tensor.size / known;
  const shape = due.map((size) => (typeof size === "string" || size === -1 ? left : size));
  return sizeOfShape(shape) === tensor.size ? new Tensor(tensor.dtype, shape, tensor.data) : tensor;
}
