import { randomInt } from "node:crypto";

/** What Python writes for numbers that JSON has no word for. */
const numbers: Readonly<Record<string, number>> = { NaN, Infinity, "-Infinity": -Infinity };
const spelled = Object.keys(numbers).map((word) => ({ word, bytes: Buffer.from(word) }));

const quote = 0x22;
const colon = 0x3a;
const backslash = 0x5c;
const space = 0x20;
/** Which word a byte begins, counted from 1. A table and no comparisons: nearly every byte begins none. */
const begins = new Uint8Array(256);
for (const [which, { bytes }] of spelled.entries()) begins[bytes[0] ?? 0] = which + 1;
const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A text that is JSON but for such numbers, with a text in place of each. */
export interface MarkedJson {
  readonly json: string;
  /** The word that a value stands for, if it stands for one. */
  readonly wordOf: (value: unknown) => string | undefined;
}

/** The number that a word means. */
export function numberOfWord(word: string): number {
  return numbers[word] ?? NaN;
}

/**
 * Puts a text in place of every bare `NaN`, `Infinity` and `-Infinity` outside of texts. Goes over it twice, whatever it
 * holds, and makes it at most three times as long.
 * @returns `undefined` where there is none, or where one stands for a name
 */
export function markWords(bytes: Buffer): MarkedJson | undefined {
  const places: { count: number; growth: number } = { count: 0, growth: 0 };
  const key = unusedKey(bytes);
  const hasValuesOnly = eachWord(bytes, (_at, which) => {
    places.count += 1;
    places.growth += key.length + 3 - (spelled[which]?.bytes.length ?? 0);
  });
  if (!hasValuesOnly || places.count === 0) return undefined;
  const marks = spelled.map((_word, which) => Buffer.from(`"${key}${which}"`));
  const marked = Buffer.allocUnsafe(bytes.length + places.growth);
  let [read, written] = [0, 0];
  // Byte by byte: the pieces are short, and a call into native code for each would take longer.
  const append = (source: Buffer, start: number, end: number): void => {
    for (let at = start; at < end; at++) marked[written++] = source[at] as number;
  };
  eachWord(bytes, (at, which) => {
    append(bytes, read, at);
    append(marks[which] as Buffer, 0, key.length + 3);
    read = at + (spelled[which]?.bytes.length ?? 0);
  });
  append(bytes, read, bytes.length);
  const wordOf = (value: unknown): string | undefined =>
    typeof value === "string" && value.length === key.length + 1 && value.startsWith(key)
      ? spelled[Number(value.slice(key.length))]?.word
      : undefined;
  return { json: marked.toString("utf8"), wordOf };
}

/** Letters that stand nowhere in a text. Whoever fills it with such as are short only makes them longer. */
function unusedKey(bytes: Buffer): string {
  for (let length = 4; ; length++) {
    const key = Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
    if (!bytes.includes(key, 0, "latin1")) return key;
  }
}

/** Tells of each word where it begins and which it is; `false` as soon as one is a name. */
function eachWord(bytes: Buffer, take: (at: number, which: number) => void): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === quote) at = endOfText(bytes, at);
    else if (begins[byte] !== 0) {
      const which = (begins[byte] as number) - 1;
      const word = spelled[which]?.bytes ?? bytes;
      if (!isAt(bytes, at, word)) continue;
      if (isName(bytes, at + word.length)) return false;
      take(at, which);
      at += word.length - 1;
    }
  }
  return true;
}

/** Where the quote is that ends a text. */
function endOfText(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

function isAt(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let index = 1; index < word.length; index++) if (bytes[at + index] !== word[index]) return false;
  return true;
}

/** Whether a colon comes next, as after a name. */
function isName(bytes: Buffer, after: number): boolean {
  let at = after;
  while ((bytes[at] ?? colon) <= space) at += 1;
  return bytes[at] === colon;
}
