/** The element type of a tensor, by numpy's name. `bfloat16` is that of machine learning: a float32 without its lower half. */
export type DType = keyof TensorArrays;

/**
 * The typed array that holds the elements of each dtype. Booleans are 0 or 1; the two 16-bit floats, for which JavaScript
 * has no array everywhere, are their bits.
 */
export interface TensorArrays {
  bool: Uint8Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** One element as JavaScript has it: a bigint for the 64-bit integers, a boolean for `bool`, else a number. */
export type TensorElement<D extends DType = DType> = D extends "int64" | "uint64" ? bigint : D extends "bool" ? boolean : number;

/** What is known about a dtype. */
export interface DTypeInfo {
  /** Bytes of one element. */
  readonly bytes: number;
  /** Name of the class of its array. */
  readonly array: string;
  /** What its elements are made of. */
  readonly kind: "bool" | "integer" | "bigint" | "float";
  /** Its name in a safetensors header. */
  readonly safetensors: string;
}

/** Every dtype there is. */
export const dtypes: { readonly [D in DType]: DTypeInfo } = {
  bool: { bytes: 1, array: "Uint8Array", kind: "bool", safetensors: "BOOL" },
  int8: { bytes: 1, array: "Int8Array", kind: "integer", safetensors: "I8" },
  uint8: { bytes: 1, array: "Uint8Array", kind: "integer", safetensors: "U8" },
  int16: { bytes: 2, array: "Int16Array", kind: "integer", safetensors: "I16" },
  uint16: { bytes: 2, array: "Uint16Array", kind: "integer", safetensors: "U16" },
  int32: { bytes: 4, array: "Int32Array", kind: "integer", safetensors: "I32" },
  uint32: { bytes: 4, array: "Uint32Array", kind: "integer", safetensors: "U32" },
  int64: { bytes: 8, array: "BigInt64Array", kind: "bigint", safetensors: "I64" },
  uint64: { bytes: 8, array: "BigUint64Array", kind: "bigint", safetensors: "U64" },
  float16: { bytes: 2, array: "Uint16Array", kind: "float", safetensors: "F16" },
  bfloat16: { bytes: 2, array: "Uint16Array", kind: "float", safetensors: "BF16" },
  float32: { bytes: 4, array: "Float32Array", kind: "float", safetensors: "F32" },
  float64: { bytes: 8, array: "Float64Array", kind: "float", safetensors: "F64" },
};

/** Whether a value is the name of a dtype. */
export function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(dtypes, value);
}

/** An array of `length` elements, all zero. */
export function newArray<D extends DType>(dtype: D, length: number): TensorArrays[D] {
  return viewOf(dtype, new ArrayBuffer(length * dtypes[dtype].bytes), 0, length);
}

/** The elements that lie in a buffer; `offset` is a multiple of the bytes of one. Nothing is copied. */
export function viewOf<D extends DType>(dtype: D, buffer: ArrayBufferLike, offset: number, length: number): TensorArrays[D] {
  return view(dtype, buffer, offset, length) as TensorArrays[D];
}

function view(dtype: DType, buffer: ArrayBufferLike, offset: number, length: number): TensorArrays[DType] {
  switch (dtype) {
    case "bool":
    case "uint8":
      return new Uint8Array(buffer, offset, length);
    case "int8":
      return new Int8Array(buffer, offset, length);
    case "int16":
      return new Int16Array(buffer, offset, length);
    case "uint16":
    case "float16":
    case "bfloat16":
      return new Uint16Array(buffer, offset, length);
    case "int32":
      return new Int32Array(buffer, offset, length);
    case "uint32":
      return new Uint32Array(buffer, offset, length);
    case "int64":
      return new BigInt64Array(buffer, offset, length);
    case "uint64":
      return new BigUint64Array(buffer, offset, length);
    case "float32":
      return new Float32Array(buffer, offset, length);
    case "float64":
      return new Float64Array(buffer, offset, length);
  }
}

/** The class of a typed array by name, also of one from another realm; `undefined` for anything else. */
export function arrayClassOf(value: unknown): string | undefined {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return undefined;
  return (value as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag];
}

/** The dtype that each class of arrays stands for by itself: it does not tell 16-bit floats from integers, nor booleans from bytes. */
const dtypesOfArrays = {
  Int8Array: "int8",
  Uint8Array: "uint8",
  Int16Array: "int16",
  Uint16Array: "uint16",
  Int32Array: "int32",
  Uint32Array: "uint32",
  BigInt64Array: "int64",
  BigUint64Array: "uint64",
  Float32Array: "float32",
  Float64Array: "float64",
} as const satisfies Record<string, DType>;

/** The dtype of a typed array without one, by the name of its class. */
export type DTypesOfArrays = typeof dtypesOfArrays;

/** The dtype that an array stands for by itself; `undefined` for what is no array of a tensor. */
export function dtypeOfArray(value: unknown): DType | undefined {
  const name = arrayClassOf(value);
  return name !== undefined && Object.hasOwn(dtypesOfArrays, name) ? dtypesOfArrays[name as keyof DTypesOfArrays] : undefined;
}
