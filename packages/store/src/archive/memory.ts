import { BentoError } from "@bento/core";

/** What packing or unpacking may take for blocks in parallel, unless a caller says something else. Bytes. */
const defaultMemory = 256 * 2 ** 20;

/** @throws BENTO_BAD_REQUEST quoting what is no number of bytes */
export function checkMemory(maxMemory: number = defaultMemory): number {
  if (typeof maxMemory === "number" && maxMemory > 0) return maxMemory;
  throw new BentoError("BENTO_BAD_REQUEST", `maxMemory: ${String(maxMemory)} is no number of bytes.`, { hint: "Give a number above 0." });
}
