import { isItems, type Items, sliceAlong } from "./items.js";
import { type BatchOutput, outputProperties, readOutput } from "./output.js";

/** What one request gets of a batch's output. */
export type Slice = { readonly value: unknown; readonly error?: undefined } | { readonly error: Error };

/**
 * The slice of each request. Arrays, typed arrays and objects of arrays are divided; other properties of an object are
 * given to everybody as they are. An item that is an `Error` fails the request that it belongs to, and no other.
 * @param output what the method returned, or what its generator yielded in one step
 * @param counts items of each request, in their order in the batch
 * @param dim the dimension of the output along which its items lie
 * @throws BENTO_OUTPUT_INVALID when the items are not as many as those of the input (both numbers are named), or when there
 *   are none
 */
export function split(output: unknown, counts: readonly number[], dim: number): Slice[] {
  const expected = counts.reduce((sum, count) => sum + count, 0);
  const read = readOutput(output, expected, dim);
  const slices: Slice[] = [];
  let start = 0;
  for (const count of counts) {
    const end = start + count;
    slices.push(sliceOf(read, start, end, counts.length === 1, dim));
    start = end;
  }
  return slices;
}

function sliceOf(output: BatchOutput, start: number, end: number, isAll: boolean, dim: number): Slice {
  if (isItems(output)) {
    const error = errorIn(output, start, end, dim);
    return error === undefined ? { value: isAll ? output : sliceAlong(output, start, end, dim) } : { error };
  }
  const value: Record<string, unknown> = { ...output };
  for (const [name, items] of outputProperties(output)) {
    const error = errorIn(items, start, end, dim);
    if (error !== undefined) return { error };
    if (!isAll) value[name] = sliceAlong(items, start, end, dim);
  }
  return { value: isAll ? output : value };
}

/** The first item that failed. */
function errorIn(items: Items, start: number, end: number, dim: number): Error | undefined {
  if (!Array.isArray(items)) return undefined;
  if (dim > 0) {
    for (const row of items as readonly Items[]) {
      const error = errorIn(row, start, end, dim - 1);
      if (error !== undefined) return error;
    }
    return undefined;
  }
  for (let index = start; index < end; index += 1) {
    const item: unknown = items[index];
    if (item instanceof Error) return item;
  }
  return undefined;
}
