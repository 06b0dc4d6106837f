import type { JsonSchema } from "@bento/core";

import type { Body } from "../http/incoming.js";
import { makeArrowCounter } from "./count-arrow-items.js";
import { makeFormCounter } from "./count-form-items.js";
import type { BodyItems } from "./count-json-items.js";

/**
 * The counter of an endpoint's bodies in Arrow, and of its forms.
 * @param input JSON Schema of the endpoint's input
 * @param isObject whether that is an object of arguments
 * @param dim the dimension along which the items lie
 */
export function makeRareCounter(input: JsonSchema, isObject: boolean, dim: number): (body: Body) => BodyItems | undefined {
  const countArrow = makeArrowCounter(input, isObject, dim);
  const countForm = isObject ? makeFormCounter(input, dim) : undefined;
  return (body) => {
    if ("form" in body) return countForm?.(body.form);
    return "bytes" in body && body.packing === "arrow" ? countArrow?.(body.bytes) : undefined;
  };
}
