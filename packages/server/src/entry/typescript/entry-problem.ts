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

/** What an import failed with; a problem that the loader found becomes the BentoError that it could not be there. */
export function asBentoError(error: unknown): unknown {
  if (BentoError.is(error) || !(error instanceof Error) || (error as Partial<EntryProblem>).code !== code) return error;
  return new BentoError(code, error.message, { hint: (error as Partial<EntryProblem>).hint });
}
