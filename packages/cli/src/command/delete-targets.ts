import { BentoError, Tag } from "@bento/core";
import { InvalidArgumentError } from "commander";

/**
 * Adds the tags and names in one word of the command line, which may hold several with commas between them.
 * @throws InvalidArgumentError for what is no tag, so that nothing is deleted when one of them is mistyped
 */
export function collectTargets(word: string, before: readonly Tag[] = []): readonly Tag[] {
  const texts = word.split(/[\s,]+/).filter((text) => text !== "");
  return [...before, ...texts.map(parseTarget)];
}

function parseTarget(text: string): Tag {
  try {
    return Tag.parse(text);
  } catch (error) {
    if (!BentoError.is(error)) throw error;
    throw new InvalidArgumentError(error.hint === undefined ? error.message : `${error.message} ${error.hint}`);
  }
}
