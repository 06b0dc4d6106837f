/** numpy has no more dimensions either (64 from version 2 on). */
export const maxDimensions = 32;

/**
 * How many elements a tensor of this shape has: 1 for the shape `[]` of a scalar. `undefined` where it is no shape: a size
 * that is no whole number, more than 32 of them, or more elements than can be counted.
 */
export function sizeOfShape(shape: readonly number[]): number | undefined {
  if (!Array.isArray(shape) || shape.length > maxDimensions) return undefined;
  let size = 1;
  // The product of what is not zero must be countable too: it says how far apart the rows are.
  let counted = 1;
  for (const dimension of shape as readonly unknown[]) {
    if (typeof dimension !== "number" || !Number.isSafeInteger(dimension) || dimension < 0) return undefined;
    size *= dimension;
    counted *= Math.max(dimension, 1);
    if (!Number.isSafeInteger(counted)) return undefined;
  }
  return size;
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, index) => dimension === b[index]);
}

/** The shape as a person writes it: `[2, 3]`, `["n", 64]`. */
export function writeShape(shape: readonly (number | string)[]): string {
  return `[${shape.map((dimension) => JSON.stringify(dimension)).join(", ")}]`;
}
