/** Freezes plain objects, lists, maps and dates, and all that they hold. Bytes cannot be frozen in JavaScript. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Uint8Array) return value;
  // Freezing does not reach the inner state of these two; their methods do.
  if (value instanceof Date) Object.setPrototypeOf(value, fixedDate);
  if (value instanceof Map) Object.setPrototypeOf(value, fixedMap);
  Object.freeze(value);
  if (value instanceof Map) for (const item of value.values()) deepFreeze(item);
  else for (const item of Object.values(value)) deepFreeze(item);
  return value;
}

const fixedDate = Object.create(
  Date.prototype,
  refusals(Date.prototype, (name) => name.startsWith("set")),
) as Date;
const fixedMap = Object.create(
  Map.prototype,
  refusals(Map.prototype, (name) => ["set", "delete", "clear"].includes(name)),
) as Map<unknown, unknown>;

function refusals(prototype: object, changes: (name: string) => boolean): PropertyDescriptorMap {
  const names = Object.getOwnPropertyNames(prototype).filter(changes);
  return Object.fromEntries(names.map((name) => [name, { value: () => refuse(name) }]));
}

function refuse(name: string): never {
  throw new TypeError(`Cannot call ${name}: what a store says of a model is read-only`);
}
