import { BentoError } from "./errors.js";

/** Lists and objects that one text of JSON may have. Each takes its sender two characters, and its reader many more. */
const mostContainers = 5_000_000;

/** What is shorter cannot have too many. Characters. */
export const harmlessLength = 2 * mostContainers;

const quote = 34;
const backslash = 92;
const openBracket = 91;
const openBrace = 123;

/**
 * Refuses JSON of so many lists and objects that to parse it would take the memory and the time of many other calls: a
 * hundred megabytes of brackets would take gigabytes, and half a minute.
 *
 * What is short cannot have so many, and is not looked at.
 * @throws BENTO_PAYLOAD_TOO_LARGE
 */
export function checkContainers(json: string): void {
  if (json.length <= harmlessLength) return;
  let count = 0;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === quote) at = endOfString(json, at);
    else if (code === openBracket || code === openBrace) count += 1;
    if (count > mostContainers) throw tooMany();
  }
}

/** Where a string ends that begins here: at its other quote, or with the text. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === quote) return at;
    if (code === backslash) at += 1;
  }
  return json.length;
}

function tooMany(): BentoError<"BENTO_PAYLOAD_TOO_LARGE"> {
  return new BentoError("BENTO_PAYLOAD_TOO_LARGE", `The JSON has more than ${mostContainers} lists and objects.`, {
    hint: "Send tensors as safetensors, tables as Arrow, or less at once.",
  });
}
