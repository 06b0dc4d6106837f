import { BentoError } from "@bento/core";
import type { RangeOptions } from "./model-store.js";

/**
 * Checks a byte range. @throws BENTO_BAD_REQUEST quoting it
 * @returns the range with its defaults; `end` may lie beyond the end of the file
 */
export function checkRange({ start = 0, end = Number.POSITIVE_INFINITY }: RangeOptions): { readonly start: number; readonly end: number } {
  const isPosition = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (isPosition(start) && (isPosition(end) || end === Number.POSITIVE_INFINITY) && start <= end) return { start, end };
  throw new BentoError("BENTO_BAD_REQUEST", `${start} to ${end} is no range of bytes.`, {
    hint: "Give whole numbers from 0 on, the end not before the start.",
  });
}
