import { BentoError } from "@bento/core";
import type { RemoteLocation } from "../../remote.js";

/** By our name for a parameter, the words that stand for it: ours first, then those of fsspec. */
export type ParameterWords<Name extends string> = Readonly<Record<Name, readonly string[]>>;

/**
 * Left out, a parameter that a scheme does not know would not do what somebody wanted.
 * @param elsewhere where a user finds the rest, for the hint
 * @throws BENTO_BAD_REQUEST that names the parameter, and not its value
 */
export function checkParameters({ params, protocol }: RemoteLocation, known: readonly string[] = [], elsewhere = ""): void {
  const strange = Object.keys(params).find((word) => !known.includes(word));
  if (strange === undefined) return;
  throw new BentoError("BENTO_BAD_REQUEST", `${protocol}:// has no parameter ${JSON.stringify(strange)}.`, {
    hint: (known.length === 0 ? "It has none." : `Known are ${known.join(", ")}.`) + elsewhere,
  });
}

/**
 * The parameters of a location by our names, whatever word was used for them.
 * @throws BENTO_BAD_REQUEST for one that nobody knows, without its value, and for one that is said in two words
 */
export function knownParameters<const Name extends string>(
  location: RemoteLocation,
  words: ParameterWords<Name>,
): Readonly<Partial<Record<Name, string>>> {
  const { params, protocol } = location;
  checkParameters(location, Object.values<readonly string[]>(words).flat());
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

/**
 * What a parameter that is true or false says; without a value it is true.
 * @throws BENTO_BAD_REQUEST for another word
 */
export function booleanParameter(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(|true|1|yes)$/i.test(text)) return true;
  if (/^(false|0|no)$/i.test(text)) return false;
  throw new BentoError("BENTO_BAD_REQUEST", `The parameter ${name} is ${JSON.stringify(text)}.`, { hint: "Say true or false." });
}
