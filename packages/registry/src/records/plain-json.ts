/** What a document says, as JSON carries it: maps as objects, bytes as base64, integers that no number holds as text, what is no number as null. */
export function plainJson(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(value, replaced)) as Readonly<Record<string, unknown>>;
}

function replaced(_key: string, value: unknown): unknown {
  if (typeof value === "bigint")
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Map)
    return Object.fromEntries([...(value as ReadonlyMap<unknown, unknown>)].map(([key, item]) => [String(key), item]));
  return value;
}
