import type { JsonSchema } from "@bento/core";

/** A step of the way to a value within a value. */
export type Key = string | number;

/** Something that a value can be given in. */
export interface Input {
  readonly element: HTMLElement;
  /** What gets the focus, and is told of when something is wrong; where its parts have labels of their own there is none. */
  readonly control?: HTMLElement;
  /** What stands in it: a JSON value, a file, or one of `values.ts`. @throws InputProblem where that is none */
  read(): unknown;
  /** Shows what is wrong with one of its parts; `false` where it has no such part. */
  mark?(path: readonly Key[], message: string): boolean;
  /** Takes back what was shown. */
  clear?(): void;
}

/** Where an input stands. */
export interface Place {
  /** What references of schemas lead into. */
  readonly root: JsonSchema;
  /** The label above it. */
  readonly labelId: string;
  /** How deep it stands in the whole input. */
  readonly depth: number;
  /** What it holds at first, in place of what the schema says. */
  readonly initial: unknown;
  /** Makes the input for whatever stands further inside. */
  readonly make: MakeInput;
}

/** Makes an input for a schema. */
export type MakeInput = (schema: unknown, place: Place) => Input;

/** What somebody typed is no value of what was asked for. */
export class InputProblem extends Error {
  readonly path: readonly Key[];

  constructor(message: string, path: readonly Key[] = []) {
    super(message);
    this.path = path;
  }

  /** The same problem, seen from one step further out. */
  within(key: Key): InputProblem {
    return new InputProblem(this.message, [key, ...this.path]);
  }
}

/** What a part gives; its problems are told with the way to it. */
export function readPart(key: Key, read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    throw error instanceof InputProblem ? error.within(key) : error;
  }
}
