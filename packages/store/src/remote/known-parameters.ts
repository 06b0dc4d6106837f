import { BentoError } from "@bento/core";
import type { RemoteLocation } from "./remote.js";

/**
 * The parameters of a location by our names, whatever word was used for them: ours stands first, those of fsspec after it.
 * @throws BENTO_BAD_REQUEST for one that nobody knows, without its value, and for one that is said in two words
 */
export function knownParameters<const Name extends string>(
  { params, protocol }: RemoteLocation,
  words: Readonly<Record<Name, readonly string[]>>,
): Readonly<Partial<Record<Name, string>>> {
  const known = Object.values<readonly string[]>(words).flat();
  const strange = Object.keys(params).find((word) => !known.includes(word));
  if (strange !== undefined) {
    throw new BentoError("BENTO_BAD_REQUEST", `The ${protocol}:// location has an unknown parameter ${JSON.stringify(strange)}.`, {
      hint: `Known are ${known.join(", ")}.`,
    });
  }
  const found: Partial<Record<Name, string>> = {};
  for (const [name, spellings] of Object.entries(words) as [Name, readonly string[]][]) {
    const [word, second] = spellings.filter((spelling) => params[spelling] !== undefined);
    if (second !== undefined) {
      throw new BentoError("BENTO_BAD_REQUEST", `The ${protocol}:// location says ${word} and ${second}, which are the same.`, {
        hint: "Leave one of them out.",
      });
    }
    if (word !== undefined) found[name] = params[word] ?? "";
  }
  return found;
}
