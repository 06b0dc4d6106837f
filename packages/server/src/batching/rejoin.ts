import type { BentoError } from "@bento/core";

import { concatAlong, hasSameRows, isItems, type Items } from "./items.js";
import { outputInvalid, outputProperties } from "./output.js";

/**
 * The output of a request that was cut, from the outputs of its pieces in their order. Arrays are put together again;
 * another property of an object is that of the first piece.
 * @param outputs at least one; each as {@link split} gave it
 * @param dim the dimension of the output along which its items lie
 * @throws BENTO_OUTPUT_INVALID when the method returned something of another form for one piece than for another
 */
export function rejoin(outputs: readonly unknown[], dim: number): unknown {
  const first = outputs[0];
  if (outputs.length < 2) return first;
  if (isItems(first))
    return concatAlong(
      outputs.map((output) => alike(output, first, dim)),
      dim,
    );
  const objects = outputs as readonly Readonly<Record<string, unknown>>[];
  const whole: Record<string, unknown> = { ...objects[0] };
  const properties = outputProperties(whole);
  // What only a later piece has would be lost without a word.
  if (objects.some((output) => outputProperties(output).length !== properties.length)) throw differ();
  for (const [name, items] of properties)
    whole[name] = concatAlong(
      objects.map((output) => alike(output[name], items, dim)),
      dim,
    );
  return whole;
}

/** @throws BENTO_OUTPUT_INVALID */
function alike(output: unknown, first: Items, dim: number): Items {
  if (isItems(output) && hasSameRows(output, first, dim)) return output;
  throw differ();
}

function differ(): BentoError {
  return outputInvalid("its outputs for the pieces of one large request are of different forms");
}
