/** Texts, which are left alone, and integers that JavaScript's numbers may not hold. One without an end is taken too: it is no JSON anyway. */
const longIntegers = /"(?:[^"\\]|\\.)*"?|(?<![\w.+-])-?\d{16,}(?![\d.eE])/g;

/** A text that nobody writes by chance, in place of a long integer. */
const mark = "\u0000bento-integer:";

/**
 * JSON, with a bigint for each integer that a number could not hold.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  const plain: unknown = JSON.parse(text);
  if (!/\d{16}/.test(text)) return plain;
  const marked = text.replaceAll(longIntegers, (token) =>
    token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : JSON.stringify(mark + token),
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}
