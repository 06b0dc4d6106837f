import { DataFrame, type Dimension, type DType, type JsonSchema, parseDataFrame, parseTensor, type Tensor } from "@bento/core";

import { branchesOf } from "../schema-branches.js";
import { isPlainObject } from "./plain-object.js";
import { isTypedArray } from "./typed-array.js";

/** Gives what a batchable method returned the form in which its items can be told apart. */
export type OutputForm = (output: unknown) => unknown;

/**
 * A schema allows more forms than those in which one item follows the other: the elements of a tensor in one row, which
 * are no items then, and a table among other properties as an object of columns. Both are made a tensor and a table before
 * anything is cut; what cannot be is left to whoever counts and judges it.
 * @returns `undefined` where the schema of the output speaks of no such thing
 */
export function makeOutputForm(output: JsonSchema): OutputForm | undefined {
  const roots = branchesOf(output, output);
  const tensors = roots.filter(isDeepTensor);
  const properties = new Map<string, OutputForm>();
  for (const { properties: named } of roots) {
    for (const [name, property] of Object.entries((named ?? {}) as Readonly<Record<string, JsonSchema>>)) {
      const branches = branchesOf(property, output);
      const form = formOf(branches.filter(isDeepTensor), branches.some(isTable));
      if (form !== undefined) properties.set(name, form);
    }
  }
  if (tensors.length === 0 && properties.size === 0) return undefined;
  return (value) => (isPlainObject(value) ? withForms(value, properties) : unrolled(value, tensors));
}

function formOf(tensors: readonly JsonSchema[], hasTable: boolean): OutputForm | undefined {
  if (tensors.length === 0 && !hasTable) return undefined;
  return (value) => (hasTable && isPlainObject(value) ? tableOf(value) : unrolled(value, tensors));
}

function withForms(value: Readonly<Record<string, unknown>>, properties: ReadonlyMap<string, OutputForm>): unknown {
  let formed: Record<string, unknown> | undefined;
  for (const [name, form] of properties) {
    if (!Object.hasOwn(value, name)) continue;
    const item = form(value[name]);
    if (item !== value[name]) (formed ??= { ...value })[name] = item;
  }
  return formed ?? value;
}

function tableOf(columns: Readonly<Record<string, unknown>>): unknown {
  const table = parseDataFrame(columns);
  return DataFrame.isDataFrame(table) ? table : columns;
}

/** The tensor of elements in one row, where the shape of one schema leaves no doubt of how they lie. */
function unrolled(value: unknown, tensors: readonly JsonSchema[]): unknown {
  if (!isTypedArray(value) && !isRow(value)) return value;
  for (const { dtype, shape, "x-bento-shape": named } of tensors) {
    const spec = { dtype: dtype as DType | undefined, shape: (named ?? shape) as readonly Dimension[] };
    const { value: tensor } = parseTensor(value, spec) as { readonly value?: Tensor };
    if (tensor !== undefined) return tensor;
  }
  return value;
}

function isRow(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && typeof value[0] !== "object";
}

function isDeepTensor({ type, shape }: JsonSchema): boolean {
  return type === "tensor" && Array.isArray(shape) && shape.length > 1;
}

function isTable({ type }: JsonSchema): boolean {
  return type === "dataframe";
}
