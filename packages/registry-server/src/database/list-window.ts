import { BentoError } from "@bento/core";
import type { ListQuery } from "../catalog/catalog.js";
import { checkText } from "./row-values.js";

/** Text that holds the word somewhere. Letters beyond ASCII are compared as they stand, in both databases. */
export function likePattern(word: string): string {
  const small = checkText(word, "search").replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return `%${small.replaceAll(/[!%_]/g, "!$&")}%`;
}

/**
 * Start and count of a list, for `LIMIT ? OFFSET ?`.
 * @throws BENTO_BAD_REQUEST for what is no place in a list
 */
export function window({ start = 0, count = Number.MAX_SAFE_INTEGER }: ListQuery): { readonly start: number; readonly count: number } {
  for (const [name, value] of Object.entries({ start, count })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new BentoError("BENTO_BAD_REQUEST", `${name} ${JSON.stringify(value)} is no place in a list.`, {
      hint: "Give whole numbers from 0.",
    });
  }
  return { start, count };
}
