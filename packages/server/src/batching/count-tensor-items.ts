import { checkContainers, type JsonSchema, peekSafetensors } from "@bento/core";

import type { BodyCounter, BodyItems } from "./count-json-items.js";
import { type CountedMembers, countedMembers } from "./counted-members.js";
import { isPlainObject } from "./plain-object.js";

/**
 * The counter of an endpoint's bodies in safetensors: as that of its JSON bodies, by the shapes that the header tells of.
 * @param input JSON Schema of the endpoint's input
 * @param dim the dimension of its tensors along which the items lie
 */
export function makeTensorCounter(input: JsonSchema, dim: number): BodyCounter | undefined {
  const members = countedMembers(input);
  if (members.root === undefined && members.members.size === 0) return undefined;
  return (body) => {
    try {
      const { tensors, metadata } = peekSafetensors(body);
      const shapes = new Map(Array.from(tensors, ([name, { shape }]) => [name, shape]));
      return countTensors({ shapes, json: Object.hasOwn(metadata, "json") ? metadata["json"] : undefined }, members, dim);
    } catch {
      // Whoever decodes it finds out what is wrong.
      return undefined;
    }
  };
}

/** The tensors of a body that is not decoded, and the JSON in which they are named, if there is any. */
export interface BodyShapes {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly json: string | undefined;
}

/** Counts the items of a body with tensors by their shapes. @throws SyntaxError for what is no JSON, BENTO_PAYLOAD_TOO_LARGE for too much of it */
export function countTensors({ shapes, json }: BodyShapes, { root, members }: CountedMembers, dim: number): BodyItems | undefined {
  const count = new Count(dim);
  const [only] = shapes.values();
  if (root !== undefined && shapes.size === 1) return count.add(only) ? count.result("") : undefined;
  if (json === undefined) {
    // A tensor in which no items lie is to be equal in all calls, which only reading it could tell.
    for (const [name, shape] of shapes) if (!members.has(name) || !count.add(shape)) return undefined;
    return count.result("");
  }
  checkContainers(json);
  const value: unknown = JSON.parse(json);
  if (!isPlainObject(value)) return undefined;
  let rest = "";
  for (const [name, item] of Object.entries(value)) {
    const named = isPlainObject(item) ? item["$tensor"] : undefined;
    const text = JSON.stringify(item);
    if (typeof named === "string") {
      if (!members.has(name) || !count.add(shapes.get(named))) return undefined;
    } else if (members.get(name)?.isItems === true || Array.isArray(item) || text.includes('"$tensor"')) return undefined;
    else rest += `${JSON.stringify(name)}:${text},`;
  }
  return count.result(rest);
}

/** What all tensors agree on. */
class Count {
  readonly #dim: number;
  #items: number | undefined;

  constructor(dim: number) {
    this.#dim = dim;
  }

  /** Takes in a tensor's shape; `false` where it disagrees with those before, or has no such dimension. */
  add(shape: readonly number[] | undefined): boolean {
    const items = shape?.[this.#dim];
    if (items === undefined || (this.#items !== undefined && this.#items !== items)) return false;
    this.#items = items;
    return true;
  }

  result(rest: string): BodyItems | undefined {
    return this.#items === undefined ? undefined : { items: this.#items, rest };
  }
}
