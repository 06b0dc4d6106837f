import { BentoError } from "@bento/core";

/**
 * How hard a compressed format tries.
 *
 * - `"adaptive"` (default): block by block, from the data alone, store what does not compress, entropy-code what only
 *   that helps, compress the rest at the format's usual level.
 * - `"store"`: no compression, in a valid file of the format.
 * - `"fast"`: the format's fastest level for every block.
 * - `"best"`: its strongest level for every block.
 * - a number from 0 to 9: that level for every block, as the format's own tool understands it.
 */
export type Compression = "adaptive" | "store" | "fast" | "best" | number;

const words = ["adaptive", "store", "fast", "best"];

/** @throws BENTO_BAD_REQUEST quoting a value that is no compression */
export function checkCompression(value: Compression): Compression {
  if (typeof value === "number" ? Number.isInteger(value) && value >= 0 && value <= 9 : words.includes(value)) return value;
  throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(value)} is no compression.`, {
    hint: 'Use "adaptive", "store", "fast", "best" or a level from 0 to 9.',
  });
}
