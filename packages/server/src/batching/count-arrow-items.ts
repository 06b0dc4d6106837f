import type { JsonSchema } from "@bento/core";
import { peekArrowRows, peekArrowTensors } from "@bento/core/arrow";

import { kindsIn } from "../answers/kinds-in.js";
import { tableOf } from "../packing/packing.js";
import type { BodyCounter, BodyItems } from "./count-json-items.js";
import { countTensors } from "./count-tensor-items.js";
import { countedMembers } from "./counted-members.js";

/**
 * The counter of an endpoint's bodies in Arrow: as that of its JSON bodies, by the heads of the stream's messages. Its rows
 * are the items of a table; of tensors the shapes tell. A stream of very many messages or columns is not counted.
 * @param input JSON Schema of the endpoint's input
 * @param isObject whether that is an object of arguments
 * @param dim the dimension along which the items lie
 */
export function makeArrowCounter(input: JsonSchema, isObject: boolean, dim: number): BodyCounter | undefined {
  const count = kindsIn(input).has("tensor") ? tensorCounter(input, dim) : tableCounter(input, isObject, dim);
  return (
    count &&
    ((body) => {
      try {
        return count(body);
      } catch {
        // Whoever decodes it finds out what is wrong.
        return undefined;
      }
    })
  );
}

function tensorCounter(input: JsonSchema, dim: number): BodyCounter | undefined {
  const members = countedMembers(input);
  if (members.root === undefined && members.members.size === 0) return undefined;
  return (body) => {
    const shapes = peekArrowTensors(body);
    return shapes && countTensors(shapes, members, dim);
  };
}

/** A table has items along its rows alone, and comes without other arguments; another array among these could disagree with it. */
function tableCounter(input: JsonSchema, isObject: boolean, dim: number): BodyCounter | undefined {
  if (dim > 0 || tableOf(input, isObject) === undefined || countedMembers(input).members.size > Number(isObject)) return undefined;
  return (body): BodyItems | undefined => {
    const items = peekArrowRows(body);
    return items === undefined ? undefined : { items, rest: "" };
  };
}
