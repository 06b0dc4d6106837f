import { BentoError } from "@bento/core";

import { type EntryProblem, problemCode } from "./typescript/entry-problem.js";

/** What an import failed with; what is wrong with the user's TypeScript becomes the BentoError that it could not be there. */
export function asBentoError(error: unknown): unknown {
  if (BentoError.is(error) || !(error instanceof Error)) return error;
  if ((error as Partial<EntryProblem>).code === problemCode)
    return new BentoError(problemCode, error.message, { hint: (error as EntryProblem).hint });
  return typeTakenForValue(error) ?? error;
}

/** A compiler that sees one file at a time cannot know that a name stands for a type, where nothing says so. */
function typeTakenForValue(error: Error): BentoError | undefined {
  const name = /does not provide an export named '(\w+)'/.exec(error.message)?.[1];
  // Node puts where it is before the message.
  const where = /^(\S+\.[cm]?tsx?:\d+)\n/.exec(error.stack ?? "")?.[1];
  if (name === undefined || where === undefined) return undefined;
  return new BentoError(problemCode, `${where}: ${error.message}.`, {
    cause: error,
    hint: `If ${name} is a type, write so: "import type { ${name} }", or "export type { ${name} }".`,
  });
}
