import { InvalidArgumentError } from "commander";

/** A path of the command line. @throws InvalidArgumentError for an empty one, which would mean the current folder */
export function parsePath(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty, perhaps because a variable of the shell is. The current folder is `.`.");
  return text;
}

/** The same for an argument that may stand there several times. */
export function collectPath(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, parsePath(text)];
}
