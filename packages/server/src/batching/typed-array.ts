/** An array of numbers of one kind. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The name of the kind of a typed array; a Buffer is a `Uint8Array`. */
export type TypedArrayKind = TypedArray[typeof Symbol.toStringTag];

/** Whether a value is a typed array. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** An array of a kind, all zero. By its name, because the constructor of a Buffer must not be called and newer kinds are not known here. */
export function typedArray(kind: TypedArrayKind, length: number): TypedArray {
  const constructors = globalThis as Readonly<Record<TypedArrayKind, new (length: number) => TypedArray>>;
  return new constructors[kind](length);
}

/** Copies elements. Both arrays are of one kind, which the types of a union cannot say. */
export function setTyped(target: TypedArray, source: TypedArray, at: number): void {
  (target as Float64Array).set(source as Float64Array, at);
}

/** Some elements, in memory of their own. */
export function copyTyped(array: TypedArray, start: number, end: number): TypedArray {
  const copy = typedArray(array[Symbol.toStringTag], end - start);
  setTyped(copy, array.subarray(start, end), 0);
  return copy;
}

/** All elements of several arrays of one kind. @param parts at least one */
export function concatTyped(parts: readonly TypedArray[]): TypedArray {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = typedArray((parts[0] as TypedArray)[Symbol.toStringTag], length);
  let at = 0;
  for (const part of parts) {
    setTyped(all, part, at);
    at += part.length;
  }
  return all;
}
