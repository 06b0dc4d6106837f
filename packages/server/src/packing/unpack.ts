import { decodeTensorBody, type JsonSchema, onlyTensor } from "@bento/core";
import { decodeArrowTable, decodeArrowTensors } from "@bento/core/arrow";

import { kindsIn } from "../answers/kinds-in.js";
import { nonFiniteReaders, type NonFiniteReaders } from "./non-finite.js";
import { type Packing, packingsOfInput, tableOf } from "./packing.js";

/** Reads a packed body as the value that its schema then judges. @throws BENTO_BAD_REQUEST for what is none */
export type Unpack = (bytes: Uint8Array, packing: Packing) => unknown;

/** How an input that holds tensors or tables is read where plain JSON is not enough. */
export interface ArrayReaders extends NonFiniteReaders {
  readonly unpack?: Unpack | undefined;
}

/** The readers of an input; `undefined` where it holds neither tensors nor tables. */
export function makeArrayReaders(input: JsonSchema, isObject: boolean): ArrayReaders | undefined {
  const readers = nonFiniteReaders(input);
  return readers && { ...readers, unpack: packingsOfInput(input, isObject).length > 0 ? makeUnpacker(input, isObject) : undefined };
}

/**
 * How the packed bodies of an input are read.
 *
 * - safetensors: the object of its tensors, with what else its JSON says; where the input is a tensor, the only one
 * - Arrow: the same, its columns being the tensors; of an input without tensors the table, which is the input, or the one
 *   property of it that is a table
 *
 * Tensors and columns are views of the body where that is possible.
 */
export function makeUnpacker(input: JsonSchema, isObject: boolean): Unpack {
  const table = kindsIn(input).has("tensor") ? undefined : tableOf(input, isObject);
  return (bytes, packing) => {
    if (table !== undefined) return table === "" ? decodeArrowTable(bytes) : { [table]: decodeArrowTable(bytes) };
    const value = packing === "safetensors" ? decodeTensorBody(bytes) : decodeArrowTensors(bytes);
    return isObject ? value : onlyTensor(value);
  };
}
