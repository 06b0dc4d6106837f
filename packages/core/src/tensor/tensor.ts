import { BentoError } from "../errors.js";
import {
  arrayClassOf,
  type DType,
  dtypeOfArray,
  type DTypesOfArrays,
  dtypes,
  isDType,
  newArray,
  type TensorArrays,
  type TensorElement,
} from "./dtype.js";
import { elementOf, type JsonElement, jsonElementOf, type Stored } from "./element.js";
import { nest, type Nested, readNested } from "./nested.js";
import { sameShape, sizeOfShape, writeShape } from "./shape.js";

const brand: unique symbol = Symbol.for("bento.tensor") as never;

/** An element as it may be given: a 64-bit integer also as a number, if it is a safe one, or as its digits. */
export type TensorInputElement<D extends DType = DType> = D extends "int64" | "uint64" ? bigint | number | string : TensorElement<D>;

/** What a tensor of this dtype is made from: one of its kind, its array, or nested lists of its elements. */
export type TensorInput<D extends DType = DType> = Tensor<D> | TensorArrays[D] | Nested<TensorInputElement<D>>;

/** The dtype of what is given without one. */
export type DefaultDType<Input> =
  Input extends Tensor<infer D>
    ? D
    : Input extends { readonly [Symbol.toStringTag]: keyof DTypesOfArrays & (infer Name) }
      ? DTypesOfArrays[Name & keyof DTypesOfArrays]
      : Input extends Nested<number>
        ? "float64"
        : Input extends Nested<boolean>
          ? "bool"
          : Input extends Nested<bigint>
            ? "int64"
            : DType;

/**
 * An array of numbers with a shape: the elements in one typed array, row after row, the last dimension the nearest.
 *
 * A tensor is a view: it holds the array that it was given, and slices and reshaped ones share it.
 *
 * ```ts
 * const images = new Tensor("float32", [2, 784], pixels);
 * images.slice(0, 1).at(0, 5);
 * Tensor.from([[1, 2], [3, 4]], "int64").toArray(); // [[1n, 2n], [3n, 4n]]
 * ```
 */
export class Tensor<D extends DType = DType> {
  readonly dtype: D;
  /** Size of each dimension; `[]` for a scalar. Frozen. */
  readonly shape: readonly number[];
  /** The elements; as bits for float16 and bfloat16, as 0 and 1 for bool. */
  readonly data: TensorArrays[D];

  /**
   * @param shape size of each dimension, at most 32
   * @param data as many elements as the shape has, in the array of the dtype; it is kept, not copied
   * @throws BENTO_INPUT_INVALID when the three do not fit each other
   */
  constructor(dtype: D, shape: readonly number[], data: TensorArrays[D]) {
    if (!isDType(dtype)) throw invalid(`${quote(dtype)} is no dtype.`, `Use one of ${Object.keys(dtypes).join(", ")}.`);
    const size = sizeOfShape(shape);
    if (size === undefined) throw invalid(`${quote(shape)} is no shape.`, "A shape is a list of at most 32 sizes, whole numbers from 0.");
    const array = arrayClassOf(data);
    const due = dtypes[dtype].array;
    if (array !== due) throw invalid(`The elements of a tensor of ${dtype} lie in ${due}, not in ${array ?? typeof data}.`);
    if (data.length !== size) throw invalid(`A tensor of shape ${writeShape(shape)} has ${size} elements, not ${data.length}.`);
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.data = data;
  }

  get [brand](): true {
    return true;
  }

  /** Whether a value is a tensor, of this or another copy of the package. */
  static isTensor(value: unknown): value is Tensor {
    return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  /**
   * The tensor of nested lists or of a typed array. A tensor is taken as it is, an array is not copied.
   * @param dtype by default that of the array, and of lists float64 for numbers, int64 for bigints, bool for booleans
   * @throws BENTO_INPUT_INVALID with the path of the element or row that does not fit
   */
  static from<D extends DType>(input: TensorInput<NoInfer<D>>, dtype: D): Tensor<D>;
  static from<const Input extends TensorInput>(input: Input): Tensor<DefaultDType<Input>>;
  static from(input: TensorInput, dtype?: DType): Tensor {
    if (Tensor.isTensor(input)) {
      if (dtype === undefined || dtype === input.dtype) return input;
      throw invalid(`A tensor of ${dtype} is due, not one of ${input.dtype}.`);
    }
    const own = dtypeOfArray(input);
    if (own !== undefined) {
      const array = input as TensorArrays[DType];
      return new Tensor(dtype ?? own, [array.length], array);
    }
    const parts = readNested(input, dtype);
    if ("data" in parts) return new Tensor(parts.dtype, parts.shape, parts.data);
    const where = parts.path.length === 0 ? "" : ` at ${parts.path.join(".")}`;
    throw new BentoError("BENTO_INPUT_INVALID", `This is no tensor${where}: ${parts.message}`, { issues: [parts] });
  }

  /**
   * Tensors joined along their first dimension. The elements are copied, except where there is one tensor alone.
   * @throws BENTO_INPUT_INVALID when there is none, or one differs in its dtype or in a later dimension
   */
  static concat<D extends DType>(parts: readonly Tensor<D>[]): Tensor<D> {
    const [first] = parts;
    if (first === undefined) throw invalid("There is no tensor to join.");
    const rest = first.shape.slice(1);
    let rows = 0;
    for (const part of parts) {
      const size = rowsOf(part);
      if (part.dtype !== first.dtype || !sameShape(part.shape.slice(1), rest)) {
        throw invalid(`${write(part)} cannot be joined to ${write(first)}.`, "Only the first dimension may differ.");
      }
      rows += size;
    }
    if (parts.length === 1) return first;
    const data = newArray(
      first.dtype,
      parts.reduce((length, part) => length + part.size, 0),
    );
    let offset = 0;
    for (const part of parts) {
      // The arrays are of one class, which the compiler cannot know of a type parameter.
      (data as Uint8Array).set(part.data as Uint8Array, offset);
      offset += part.size;
    }
    return new Tensor(first.dtype, [rows, ...rest], data);
  }

  /** How many elements there are. */
  get size(): number {
    return this.data.length;
  }

  /** How many bytes they take. */
  get byteLength(): number {
    return this.data.byteLength;
  }

  /**
   * One element. An index below zero counts from the end.
   * @param index one for each dimension
   * @throws BENTO_INPUT_INVALID when there is no such element
   */
  at(...index: number[]): TensorElement<D> {
    const { shape } = this;
    let offset = 0;
    for (let dimension = 0; dimension < shape.length; dimension++) {
      const size = shape[dimension] as number;
      const given = index[dimension] ?? NaN;
      const row = given < 0 ? given + size : given;
      if (!Number.isInteger(row) || row < 0 || row >= size) throw invalid(`${write(this)} has no element ${writeShape(index)}.`);
      offset = offset * size + row;
    }
    if (index.length > shape.length) throw invalid(`${write(this)} has no element ${writeShape(index)}.`);
    return elementOf(this.dtype)(this.data[offset] as Stored) as TensorElement<D>;
  }

  /**
   * The rows from `start` to `end`, counted along the first dimension as `Array.prototype.slice` counts. A view.
   * @throws BENTO_INPUT_INVALID for a scalar
   */
  slice(start: number, end?: number): Tensor<D> {
    const rows = rowsOf(this);
    const from = clamp(start, rows);
    const to = Math.max(from, clamp(end ?? rows, rows));
    const rowSize = rows === 0 ? 0 : this.size / rows;
    const data = this.data.subarray(from * rowSize, to * rowSize) as TensorArrays[D];
    return new Tensor(this.dtype, [to - from, ...this.shape.slice(1)], data);
  }

  /**
   * The same elements in another shape. A view.
   * @param shape one of its sizes may be -1: what is left
   * @throws BENTO_INPUT_INVALID when it has not as many elements
   */
  reshape(shape: readonly number[]): Tensor<D> {
    const free = shape.indexOf(-1);
    const known = shape.reduce((size, dimension, index) => (index === free ? size : size * dimension), 1);
    const left = known === 0 ? 0 : this.size / known;
    const whole = free === -1 ? shape : shape.with(free, left);
    if (sizeOfShape(whole) !== this.size) throw invalid(`${write(this)} cannot take the shape ${writeShape(shape)}.`);
    return new Tensor(this.dtype, whole, this.data);
  }

  /** The elements as nested lists; of a scalar the element itself. */
  toArray(): Nested<TensorElement<D>> {
    return nest(this, elementOf(this.dtype) as (stored: Stored) => TensorElement<D>);
  }

  /** As {@link Tensor.toArray}, in what JSON has: 64-bit integers beyond the safe ones as digits, NaN and infinities as null. */
  toJSON(): Nested<JsonElement> {
    return nest(this, jsonElementOf(this.dtype));
  }
}

/** A tensor in words: `float32[2, 3]`. */
function write(tensor: Tensor): string {
  return `${tensor.dtype}${writeShape(tensor.shape)}`;
}

function rowsOf(tensor: Tensor): number {
  const [rows] = tensor.shape;
  if (rows === undefined) throw invalid(`${write(tensor)} is a scalar, it has no rows.`, "Reshape it to [1] first.");
  return rows;
}

function clamp(index: number, rows: number): number {
  const whole = Math.trunc(index) || 0;
  return whole < 0 ? Math.max(whole + rows, 0) : Math.min(whole, rows);
}

function quote(value: unknown): string {
  return Array.isArray(value) ? writeShape(value as (number | string)[]) : String(value);
}

function invalid(message: string, hint?: string): BentoError<"BENTO_INPUT_INVALID"> {
  return new BentoError("BENTO_INPUT_INVALID", message, { hint, issues: [{ path: [], message, code: "custom" }] });
}
