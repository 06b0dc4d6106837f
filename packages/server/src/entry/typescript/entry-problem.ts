import { BentoError } from "@bento/core";

const code = "BENTO_ENTRY_INVALID";

/**
 * What is wrong with a module of the user's, as the loader's thread says it: an error's class does not survive the way
 * out of that thread, but its properties do.
 */
export class EntryProblem extends Error {
  readonly code = code;
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** What an import failed with; what is wrong with the user's TypeScript becomes the BentoError that it could not be there. */
export function asBentoError(error: unknown): unknown {
  if (BentoError.is(error) || !(error instanceof Error)) return error;
  if ((error as Partial<EntryProblem>).code === code) return new BentoError(code, error.message, { hint: (error as EntryProblem).hint });
  return typeTakenForValue(error) ?? error;
}

/** A compiler that sees one file at a time cannot know that a name stands for a type, where nothing says so. */
function typeTakenForValue(error: Error): BentoError | undefined {
  const name = /does not provide an export named '(\w+)'/.exec(error.message)?.[1];
  // Node puts where it is before the message.
  const where = /^(\S+\.[cm]?tsx?:\d+)\n/.exec(error.stack ?? "")?.[1];
  if (name === undefined || where === undefined) return undefined;
  return new BentoError(code, `${where}: ${error.message}.`, {
    cause: error,
    hint: `If ${name} is a type, write so: "import type { ${name} }", or "export type { ${name} }".`,
  });
}
