/** A text no service sends by chance, in place of a number that JSON lacks. */
const mark = "\u0000bento-number:";

/**
 * JSON, and what Python's json module writes beyond it: bare NaN, Infinity and -Infinity.
 * @throws SyntaxError
 */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    // A text without an end is taken too: looked for from each of its quotes, it would take for ever.
    const marked = text.replace(/"(?:[^"\\]|\\.)*"?|-?Infinity|NaN/g, (token) =>
      token.startsWith('"') ? token : JSON.stringify(mark + token),
    );
    return JSON.parse(marked, (_key, value: unknown) =>
      typeof value === "string" && value.startsWith(mark) ? Number(value.slice(mark.length)) : value,
    );
  }
}
