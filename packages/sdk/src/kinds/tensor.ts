import { type Dimension, type DType, isDType, parseTensor, type Tensor, type TensorInput } from "@bento/core";
import type * as z from "zod/v4";
import { refuse } from "./definition-error.js";
import { makeKind, valid } from "./kind.js";

/**
 * A tensor: callers send a `Tensor`, a typed array where all dimensions but one are numbers, or nested arrays; the method
 * gets a `Tensor`. As an output the same, the other way round.
 *
 * ```ts
 * const Images = z.object({ images: tensor("float32", ["n", 64]), weights: tensor("float32", ["n"]).optional() });
 * ```
 * @param dtype the type of its elements; any if left out
 * @param shape its dimensions; any if left out
 * @throws BENTO_SERVICE_INVALID for what is no dtype or no dimension
 */
export function tensor<D extends DType = DType>(dtype?: D, shape?: readonly Dimension[]): z.ZodType<Tensor<D>, TensorInput<D>> {
  if (dtype !== undefined && !isDType(dtype)) throw refuse("tensor", "dtype", dtype, 'Give one such as "float32" or "int64".');
  const dimensions = shape === undefined ? undefined : shape.map(checkDimension);
  const spec = { ...(dtype === undefined ? {} : { dtype }), ...(dimensions === undefined ? {} : { shape: dimensions }) };
  return makeKind<Tensor<D>, TensorInput<D>>({
    document: { type: "tensor", format: "numpy-array", ...(dtype === undefined ? {} : { dtype }), ...shapeWords(dimensions) },
    shape: dimensions?.some((size) => typeof size === "string") ? dimensions : undefined,
    read: (value) => {
      const parsed = parseTensor(value, spec);
      return parsed.issues === undefined ? valid(parsed.value) : parsed;
    },
  });
}

/** BentoML knows sizes and -1 only, and `dim` is the number of elements. */
function shapeWords(shape: readonly Dimension[] | undefined): object {
  if (shape === undefined) return {};
  const sizes = shape.map((size) => (typeof size === "string" ? -1 : size));
  return {
    shape: sizes,
    ...(sizes.includes(-1) ? {} : { dim: sizes.reduce((product, size) => product * size, 1) }),
    ...(shape.some((size) => typeof size === "string") ? { "x-bento-shape": shape } : {}),
  };
}

function checkDimension(size: Dimension): Dimension {
  if (typeof size === "string" ? size !== "" : Number.isSafeInteger(size) && size >= -1) return size;
  throw refuse("tensor", "dimension", size, 'Give a size, a name such as "n", or -1 for any size.');
}
