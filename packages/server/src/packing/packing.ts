import { type JsonSchema, safetensorsType } from "@bento/core";

import { kindsIn } from "../answers/kinds-in.js";
import type { Body, Incoming } from "../http/incoming.js";
import { isInputStream } from "../input-streams/input-plan.js";
import { branchesOf } from "../schema-branches.js";

/** What a whole value with tensors, or a table, may travel as besides JSON. */
export type Packing = "safetensors" | "arrow";

/** The content type of each. Arrow's is that of `@bento/core/arrow`, which is loaded only where there is something to read. */
export const packedTypes: Readonly<Record<Packing, string>> = {
  safetensors: safetensorsType,
  arrow: "application/vnd.apache.arrow.stream",
};

/** Whether an input holds tensors or tables, anywhere in it. */
export function mayHoldArrays(input: JsonSchema): boolean {
  const kinds = kindsIn(input);
  return kinds.has("tensor") || kinds.has("dataframe");
}

/** The packings that an input may come in, the one that is read with the least work first. */
export function packingsOfInput(input: JsonSchema, isObject: boolean): readonly Packing[] {
  // What stands in its items is never a whole body.
  if (isInputStream(input)) return [];
  if (kindsIn(input).has("tensor")) return ["safetensors", "arrow"];
  return tableOf(input, isObject) === undefined ? [] : ["arrow"];
}

/** The packings that an output may be asked for in. */
export function packingsOfOutput(output: JsonSchema): readonly Packing[] {
  if (kindsIn(output).has("tensor")) return ["safetensors", "arrow"];
  return branchesOf(output, output).some(({ type }) => type === "dataframe") ? ["arrow"] : [];
}

/**
 * Where a table belongs that is a whole body: `""` where it is the input itself, else the one property of the input that is
 * a table; `undefined` where there is no such place, or more than one.
 */
export function tableOf(input: JsonSchema, isObject: boolean): string | undefined {
  const roots = branchesOf(input, input);
  if (!isObject) return roots.some(({ type }) => type === "dataframe") ? "" : undefined;
  const names = roots.flatMap(({ properties }) => Object.entries((properties ?? {}) as Record<string, JsonSchema>));
  const tables = new Set(
    names.filter(([, schema]) => branchesOf(schema, input).some(({ type }) => type === "dataframe")).map(([name]) => name),
  );
  return tables.size === 1 ? [...tables][0] : undefined;
}

/** The packing that a request's body is in, if it is one of these. */
export function packingOf(incoming: Pick<Incoming, "header">, packings: readonly Packing[]): Packing | undefined {
  const type = incoming.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  return packings.find((packing) => packedTypes[packing] === type);
}

/** The body with the packing that its request says it is in. */
export function packedBody(body: Body, incoming: Incoming, packings: readonly Packing[]): Body {
  const packing = "bytes" in body ? packingOf(incoming, packings) : undefined;
  return packing === undefined ? body : { bytes: (body as { readonly bytes: Uint8Array }).bytes, packing };
}
