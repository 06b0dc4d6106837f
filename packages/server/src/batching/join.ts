import type { BatchInput } from "./batch-input.js";
import { concatAlong, isItems, type Items, sliceAlong } from "./items.js";

/** Some of the items of one request: those from `start` to before `end`. */
export interface InputPart {
  readonly input: BatchInput;
  readonly start: number;
  readonly end: number;
}

/**
 * The one input that a method gets for a batch: the items of all parts, one after the other, and the properties that they
 * share. Typed arrays are joined as typed arrays of their kind.
 * @param parts at least one; each may be joined with each other (`mayJoin`)
 */
export function join(parts: readonly InputPart[]): unknown {
  const [first] = parts as readonly [InputPart];
  if (parts.length === 1) return cut(first);
  const { value, dim } = first.input;
  if (isItems(value))
    return concatAlong(
      parts.map((part) => taken(part.input.value as Items, part)),
      dim,
    );
  const joined: Record<string, unknown> = { ...value };
  for (const name of Object.keys(value)) {
    if (!isItems(value[name])) continue;
    joined[name] = concatAlong(
      parts.map((part) => taken((part.input.value as Readonly<Record<string, Items>>)[name] as Items, part)),
      dim,
    );
  }
  return joined;
}

/** The input as if it had been sent with these items only: how a request that is larger than a batch is cut. */
export function cut(part: InputPart): unknown {
  const { value } = part.input;
  if (part.end - part.start === part.input.items) return value;
  if (isItems(value)) return taken(value, part);
  const piece: Record<string, unknown> = { ...value };
  for (const name of Object.keys(value)) {
    const property = value[name];
    if (isItems(property)) piece[name] = taken(property, part);
  }
  return piece;
}

function taken(items: Items, { input, start, end }: InputPart): Items {
  return end - start === input.items ? items : sliceAlong(items, start, end, input.dim);
}
