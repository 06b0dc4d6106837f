import { wireInvalid } from "../wire/frame.js";

/** What the method gets of a body that it reads while it comes: the values of its lines, or its bytes. */
export type InputItems = "lines" | "bytes";

/** A body that is read while it comes. */
export interface InputBody {
  readonly items: InputItems;
  /** Bytes that one line may have. */
  readonly maxLineBytes: number;
  /** Its bytes, uncompressed, as they come: no faster than they are asked for. */
  readonly pieces: AsyncIterator<Uint8Array, undefined>;
}

/** What of such a body is told to another process beside its bytes. */
export type InputWords = readonly [items: InputItems, maxLineBytes: number];

/** A body as it goes to another process. */
export function crossingInput({ items, maxLineBytes, pieces }: InputBody): {
  readonly words: InputWords;
  readonly bytes: InputBody["pieces"];
} {
  return { words: [items, maxLineBytes], bytes: pieces };
}

/**
 * The body that another process tells of.
 * @throws BENTO_WIRE_INVALID for words that {@link crossingInput} does not give
 */
export function inputOfWords(words: unknown, pieces: InputBody["pieces"]): InputBody {
  const [items, maxLineBytes] = Array.isArray(words) ? (words as readonly unknown[]) : [];
  if ((items !== "lines" && items !== "bytes") || typeof maxLineBytes !== "number") throw wireInvalid("an input of no known form");
  return { items, maxLineBytes, pieces };
}
