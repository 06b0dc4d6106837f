/**
 * Cuts text into JSON values where nothing stands between them: `{"a":1}{"a":2}`.
 *
 * Objects, arrays and strings end by themselves. A number or a word ends at white space, at the next value or where the
 * network cut the text, which is all that a sender without separators leaves to go by.
 *
 * @param onHeld told how many characters of a value are there whose end has not come yet; what it throws ends it
 */
export async function* splitJson(texts: AsyncIterable<string>, onHeld?: (characters: number) => void): AsyncGenerator<string, void, void> {
  let value = "";
  let depth = 0;
  let inString = false;
  let escaped = false;
  for await (const text of texts) {
    for (const char of text) {
      if (inString) {
        value += char;
        if (escaped) escaped = false;
        else if (char === "\\") escaped = true;
        else if (char === '"') inString = false;
        if (inString || depth > 0) continue;
        yield value;
        value = "";
      } else if (depth === 0 && /\s/.test(char)) {
        if (value !== "") yield value;
        value = "";
      } else {
        if (depth === 0 && value !== "" && /["[{]/.test(char)) {
          yield value;
          value = "";
        }
        value += char;
        if (char === '"') inString = true;
        else if (char === "{" || char === "[") depth++;
        else if ((char === "}" || char === "]") && --depth <= 0) {
          yield value;
          value = "";
          depth = 0;
        }
      }
    }
    if (depth === 0 && !inString && value !== "") {
      yield value;
      value = "";
    }
    onHeld?.(value.length);
  }
  if (value !== "") yield value;
}
