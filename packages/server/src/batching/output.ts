import { BentoError, Tensor } from "@bento/core";

import { isItems, type Items, lengthAlong } from "./items.js";

/** What a batch's method may return. */
export type BatchOutput = Items | Readonly<Record<string, unknown>>;

/**
 * The output of a method, if it has as many items as the input had.
 * @throws BENTO_OUTPUT_INVALID
 */
export function readOutput(output: unknown, expected: number, dim: number): BatchOutput {
  if (isItems(output)) {
    checkItems("its output", output, expected, dim);
    return output;
  }
  if (Tensor.isTensor(output)) throw noItems("a tensor without dimensions");
  if (typeof output !== "object" || output === null) throw noItems(output === null ? "null" : typeof output);
  const properties = outputProperties(output as Readonly<Record<string, unknown>>);
  if (properties.length === 0) throw noItems("an object without an array");
  for (const [name, items] of properties) checkItems(JSON.stringify(name), items, expected, dim);
  return output as Readonly<Record<string, unknown>>;
}

/** The properties of an output that hold its items. */
export function outputProperties(output: Readonly<Record<string, unknown>>): [name: string, items: Items][] {
  const properties: [string, Items][] = [];
  for (const name of Object.keys(output)) {
    const property = output[name];
    if (isItems(property)) properties.push([name, property]);
  }
  return properties;
}

/** The error for a batchable method whose output is of a wrong form. */
export function outputInvalid(message: string, name?: string): BentoError {
  return new BentoError("BENTO_OUTPUT_INVALID", `The batchable method is wrong: ${message}.`, {
    issues: [{ path: name === undefined ? [] : [name], message, code: "custom" }],
    hint: "A batchable method returns one item for each item that it gets, in their order: an array, a tensor, a table, or an object of these.",
  });
}

function checkItems(what: string, items: Items, expected: number, dim: number): void {
  const length = lengthAlong(items, dim);
  if (typeof length === "string") throw outputInvalid(`${what} ${length}`);
  if (length !== expected) throw outputInvalid(`${what} holds ${length} items for an input of ${expected}`);
}

function noItems(what: string): BentoError {
  return outputInvalid(`it returned ${what} where items were expected`);
}
