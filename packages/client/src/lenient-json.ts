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
    // Mark by mark and not text by text: a pattern that takes a whole text runs out of stack on a long one.
    let isText = false;
    const marked = text.replace(/\\.|"|-?Infinity|NaN/gs, (token) => {
      if (token === '"') isText = !isText;
      return isText || token === '"' || token.startsWith("\\") ? token : JSON.stringify(mark + token);
    });
    return JSON.parse(marked, (_key, value: unknown) =>
      typeof value === "string" && value.startsWith(mark) ? Number(value.slice(mark.length)) : value,
    );
  }
}
