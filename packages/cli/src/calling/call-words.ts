import { InvalidArgumentError } from "commander";

/** What stands after an endpoint's name on the command line. */
export interface CallWords {
  /** The texts of each argument, as often as it stands there; `true` where it has none. */
  readonly named: ReadonlyMap<string, readonly (string | true)[]>;
  /** The one text without a name: the whole input. */
  readonly input: string | undefined;
}

/**
 * Reads `--name value`, `--name=value`, `--name` alone, and one text without a name. A value may begin with one dash, as
 * `-1` does; one that begins with two follows a `=`.
 * @throws InvalidArgumentError
 */
export function readCallWords(words: readonly string[]): CallWords {
  const named = new Map<string, (string | true)[]>();
  let input: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    // Only tells that no option of the command itself follows.
    if (word === "--") continue;
    if (word.startsWith("--")) {
      const [name, written] = splitWord(word);
      const next = words[at + 1];
      const takesNext = written === undefined && next !== undefined && !next.startsWith("--");
      if (takesNext) at += 1;
      named.set(name, [...(named.get(name) ?? []), written ?? (takesNext ? next : true)]);
    } else if (input === undefined && !/^-[a-z]/i.test(word)) {
      input = word;
    } else {
      throw new InvalidArgumentError(
        `unexpected ${JSON.stringify(word)}. Write arguments as --name value, or one value for the whole input.`,
      );
    }
  }
  return { named, input };
}

function splitWord(word: string): readonly [name: string, value: string | undefined] {
  const at = word.indexOf("=");
  const name = word.slice(2, at === -1 ? undefined : at);
  if (name === "") throw new InvalidArgumentError(`${JSON.stringify(word)} names no argument.`);
  return [name, at === -1 ? undefined : word.slice(at + 1)];
}
