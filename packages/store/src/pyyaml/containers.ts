import { PlainDate } from "../model/plain-date.js";

/**
 * A float without a fraction, such as YAML's `1.0`: JavaScript's numbers cannot tell it from the integer `1`.
 * Readers hand out the plain number and remember the difference beside its container; the writer takes either.
 */
export class WholeFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What a list or map of Python holds and its JavaScript counterpart cannot express. */
interface Remembered {
  /** Keys or indices whose value was a {@link WholeFloat}. */
  readonly floats: ReadonlySet<unknown> | undefined;
  /** The keys as Python has them, in its order: objects sort keys such as `"2"` first, and hold text keys only. */
  readonly keys: readonly unknown[] | undefined;
}

const memory = new WeakMap<object, Remembered>();
const indexLike = /^(?:0|[1-9]\d{0,9})$/;

/** A list of values as a reader made them. */
export function makeList(values: unknown[]): unknown[] {
  let floats: Set<unknown> | undefined;
  for (const [index, value] of values.entries()) {
    if (!(value instanceof WholeFloat)) continue;
    values[index] = value.value;
    (floats ??= new Set()).add(index);
  }
  if (floats !== undefined) memory.set(values, { floats, keys: undefined });
  return values;
}

/**
 * A map of the keys and values as a reader made them: an object when every key is text, else a `Map`.
 * Of equal keys, by Python's reckoning (`1`, `1.0` and `true` are one key), the first keeps its place and the last its value.
 */
export function makeMap(keys: readonly unknown[], values: readonly unknown[]): object {
  return keys.every((key) => typeof key === "string") ? makeObject(keys, values) : makeMixed(keys, values);
}

/** {@link makeMap} that always makes an object: keys that are no text appear as {@link keyText}, and are written back as they were. */
export function makeObject(keys: readonly unknown[], values: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  let floats: Set<unknown> | undefined;
  let special = false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const name = typeof key === "string" ? key : keyText(key);
    special ||= typeof key !== "string" || indexLike.test(name);
    let value = values[i];
    if (value instanceof WholeFloat) {
      value = value.value;
      (floats ??= new Set()).add(name);
    } else floats?.delete(name);
    if (name === "__proto__") Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
    else object[name] = value;
  }
  if (special || floats !== undefined) memory.set(object, { floats, keys: special ? distinct(keys, keyText) : undefined });
  return object;
}

function makeMixed(keys: readonly unknown[], values: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  const first = new Map<unknown, unknown>();
  const floats = new Set<unknown>();
  for (const [i, key] of keys.entries()) {
    const same = identity(key);
    if (!first.has(same)) first.set(same, plain(key));
    const kept = first.get(same);
    const value = values[i];
    map.set(kept, plain(value));
    if (value instanceof WholeFloat) floats.add(kept);
    else floats.delete(kept);
  }
  const written = keys.some((key) => key instanceof WholeFloat) ? distinct(keys, identity) : undefined;
  if (floats.size > 0 || written !== undefined) memory.set(map, { floats, keys: written });
  return map;
}

/** The items of a list, floats without fraction as {@link WholeFloat}. */
export function typedItems(list: readonly unknown[]): readonly unknown[] {
  const floats = memory.get(list)?.floats;
  return floats === undefined ? list : list.map((value, index) => (floats.has(index) ? asFloat(value) : value));
}

/** Keys and values of an object or `Map` with Python's order, types of keys, and floats without fraction as {@link WholeFloat}. */
export function typedEntries(container: object): readonly (readonly [unknown, unknown])[] {
  const remembered = memory.get(container);
  if (container instanceof Map) {
    const entries = [...(container as ReadonlyMap<unknown, unknown>)];
    if (remembered === undefined) return entries;
    const { keys, floats } = remembered;
    return entries.map(([key, value], i) => [keys === undefined ? key : keys[i], floats?.has(key) === true ? asFloat(value) : value]);
  }
  const object = container as Readonly<Record<string, unknown>>;
  if (remembered === undefined) return Object.entries(object);
  return (remembered.keys ?? Object.keys(object)).map((key) => {
    const name = keyText(key);
    const value = object[name];
    return [key, remembered.floats?.has(name) === true ? asFloat(value) : value];
  });
}

/** A value as its reader hands it out. */
export function plain(value: unknown): unknown {
  return value instanceof WholeFloat ? value.value : value;
}

/** The text under which an object shows a key. */
export function keyText(key: unknown): string {
  return String(plain(key));
}

function asFloat(value: unknown): unknown {
  return typeof value === "number" ? new WholeFloat(value) : value;
}

function distinct(keys: readonly unknown[], by: (key: unknown) => unknown): unknown[] {
  const seen = new Set<unknown>();
  return keys.filter((key) => {
    const same = by(key);
    return seen.has(same) ? false : seen.add(same);
  });
}

/** Equal for keys that Python's dictionaries take for one. */
function identity(key: unknown): unknown {
  const value = plain(key);
  if (typeof value === "boolean") return `number ${Number(value)}`;
  if (typeof value === "number" || typeof value === "bigint") return `number ${value}`;
  if (value instanceof PlainDate) return `date ${value.toString()}`;
  if (value instanceof Date) return `time ${value.getTime()}`;
  if (value instanceof Uint8Array) return `bytes ${value.join()}`;
  return typeof value === "string" ? `text ${value}` : value;
}
