import { InvalidArgumentError } from "commander";
import type { CallWords } from "./call-words.js";

/** The names in a path such as `/items/{key}`. */
export function paramNames(route: string): readonly string[] {
  return [...route.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** What stands in the path of a call, and what is left for its input. */
interface SplitWords {
  readonly params: Readonly<Record<string, string>> | undefined;
  readonly words: CallWords;
}

/**
 * Takes the arguments that stand in an endpoint's path from the others.
 * @throws InvalidArgumentError where one is missing, is no text, or stands there twice
 */
export function takeParams(endpoint: { readonly name: string; readonly route: string }, words: CallWords): SplitWords {
  const names = paramNames(endpoint.route);
  if (names.length === 0) return { params: undefined, words };
  const params = names.map((name) => {
    const [text, ...others] = words.named.get(name) ?? [];
    if (text === undefined || text === true || text === "")
      throw new InvalidArgumentError(`"${endpoint.name}" lacks --${name}, a part of its path ${endpoint.route}.`);
    if (others.length > 0) throw new InvalidArgumentError(`--${name} stands there ${others.length + 1} times, but takes one value.`);
    return [name, text] as const;
  });
  const named = new Map([...words.named].filter(([name]) => !names.includes(name)));
  return { params: Object.fromEntries(params), words: { ...words, named } };
}
