import { malformed } from "./malformed.js";
import type { ArrowVector } from "./vector.js";

/** Decodes UTF-8 as it is: a byte order mark is a character like any other. Throws for what is none. */
export const strictUtf8 = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The texts of a column. Where all of them are ASCII, which they are mostly, they are decoded in one go and cut.
 * @throws BENTO_BAD_REQUEST for what is not UTF-8
 */
export function textsOf({ values, offsets, length, field }: ArrowVector): string[] {
  const first = offsets?.[0] ?? 0;
  const all = values.subarray(first, offsets?.[length] ?? 0);
  try {
    const text = strictUtf8.decode(all);
    const isAscii = text.length === all.byteLength;
    return Array.from({ length }, (_, row) => {
      const start = (offsets?.[row] ?? 0) - first;
      const end = (offsets?.[row + 1] ?? 0) - first;
      return isAscii ? text.slice(start, end) : strictUtf8.decode(all.subarray(start, end));
    });
  } catch {
    throw malformed(`the column ${JSON.stringify(field.name)} has text that is not UTF-8.`);
  }
}
