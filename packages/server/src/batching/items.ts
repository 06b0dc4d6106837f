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

/** What holds the items of a batch: along dimension 0 its elements, along dimension 1 the elements of each of its rows ... */
export type Items = readonly unknown[] | TypedArray;

/** Whether a value is an array or a typed array. */
export function isItems(value: unknown): value is Items {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

type TypedArrayKind = TypedArray[typeof Symbol.toStringTag];

/** `Array`, or the name of the kind of a typed array; a Buffer is a `Uint8Array`. */
export function kindOf(items: Items): "Array" | TypedArrayKind {
  return Array.isArray(items) ? "Array" : (items as TypedArray)[Symbol.toStringTag];
}

/**
 * How many items there are along a dimension, or what is wrong, as the rest of a sentence that begins with the name of the
 * array: it is ragged, or has no such dimension.
 */
export function lengthAlong(items: Items, dim: number): number | string {
  if (dim === 0) return items.length;
  let common: number | undefined;
  for (let row = 0; row < items.length; row += 1) {
    const inner = items[row];
    if (!isItems(inner)) return `has no dimension ${dim}`;
    const length = lengthAlong(inner, dim - 1);
    if (typeof length === "string") return length.startsWith("has no") ? `has no dimension ${dim}` : length;
    common ??= length;
    if (length !== common) return `is ragged along dimension ${dim}: a row of ${common} and one of ${length}`;
  }
  return common ?? 0;
}

/** Whether two arrays of items can be one: of the same kind, and as long in each dimension before the one of the items. */
export function isAlike(a: Items, b: Items, dim: number): boolean {
  if (kindOf(a) !== kindOf(b)) return false;
  if (dim === 0) return true;
  if (a.length !== b.length) return false;
  for (let row = 0; row < a.length; row += 1) if (!isAlike(a[row] as Items, b[row] as Items, dim - 1)) return false;
  return true;
}

/** Whether two arrays of items are as long in each dimension before the one of the items. */
export function hasSameRows(a: Items, b: Items, dim: number): boolean {
  if (dim === 0) return true;
  if (a.length !== b.length) return false;
  for (let row = 0; row < a.length; row += 1) if (!hasSameRows(a[row] as Items, b[row] as Items, dim - 1)) return false;
  return true;
}

/** The items from `start` to before `end`, in memory of their own: a method may look at the `buffer` of what it gets. */
export function sliceAlong(items: Items, start: number, end: number, dim: number): Items {
  if (dim > 0) return mapRows(items, (row) => sliceAlong(row, start, end, dim - 1));
  if (Array.isArray(items)) return items.slice(start, end) as unknown[];
  const slice = typedArray((items as TypedArray)[Symbol.toStringTag], end - start);
  set(slice, (items as TypedArray).subarray(start, end), 0);
  return slice;
}

/**
 * The items of all parts in one: a typed array where all are of one kind, else a plain one.
 * @param parts at least one; as long as each other in every dimension before `dim`
 */
export function concatAlong(parts: readonly Items[], dim: number): Items {
  const first = parts[0] ?? [];
  if (parts.length < 2) return first;
  if (dim > 0)
    return Array.from(first, (_, row) =>
      concatAlong(
        parts.map((part) => part[row] as Items),
        dim - 1,
      ),
    );
  const kind = kindOf(first);
  return kind !== "Array" && parts.every((part) => kindOf(part) === kind)
    ? concatTyped(kind, parts as readonly TypedArray[])
    : concatPlain(parts);
}

function concatPlain(parts: readonly Items[]): unknown[] {
  const all: unknown[] = [];
  for (const part of parts) for (let index = 0; index < part.length; index += 1) all.push(part[index]);
  return all;
}

function concatTyped(kind: TypedArrayKind, parts: readonly TypedArray[]): TypedArray {
  const all = typedArray(
    kind,
    parts.reduce((length, part) => length + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    set(all, part, at);
    at += part.length;
  }
  return all;
}

/** By its name, because the constructor of a Buffer must not be called and newer kinds are not known here. */
function typedArray(kind: TypedArrayKind, length: number): TypedArray {
  const constructors = globalThis as Readonly<Record<TypedArrayKind, new (length: number) => TypedArray>>;
  return new constructors[kind](length);
}

/** Both are of one kind, which the types of a union cannot say. */
function set(target: TypedArray, source: TypedArray, at: number): void {
  (target as Float64Array).set(source as Float64Array, at);
}

function mapRows(items: Items, each: (row: Items) => Items): Items[] {
  return Array.from(items, (row) => each(row as Items));
}
