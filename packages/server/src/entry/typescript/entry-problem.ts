/** The code of the BentoError that it becomes. */
export const problemCode = "BENTO_ENTRY_INVALID";

/**
 * What is wrong with a module of the user's, as the loader's thread says it: an error's class does not survive the way
 * out of that thread, but its properties do. Imports nothing, as that thread loads it for every start.
 */
export class EntryProblem extends Error {
  readonly code = problemCode;
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
