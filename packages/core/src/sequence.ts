import type { Context } from "./service-types.js";

/**
 * One call of a step-wise endpoint (`batchable: "continuous"`): a sequence of items, a few at each step, until it is at
 * its end. The method gets all that run and takes one step for all of them; between two steps they come and go.
 *
 * @typeParam Input what the method gets of the caller; `Args<typeof Prompt>` where the two sides of the schema differ
 * @typeParam Item what it emits; `Returns<typeof Token>` where the two sides of the schema differ
 * @typeParam State what the method keeps of it from step to step
 */
export interface Sequence<Input = unknown, Item = unknown, State = unknown> {
  /** What the caller sent, valid. */
  readonly input: Input;
  /** The method's own, from step to step. `undefined` at first. */
  state: State | undefined;
  /** Steps that it has been in, this one not counted: 0 in its first. */
  readonly step: number;
  /** The context of its call: who calls, and the answer's headers until the first item is emitted. */
  readonly context: Context;
  /** Aborted when it leaves before its end: its caller has gone, its time is over, or the service is shut down. */
  readonly signal: AbortSignal;
  /**
   * Gives the caller an item, which must satisfy the endpoint's `output`. As many as it likes in one step, or none.
   * Does nothing once it has ended or left.
   */
  emit(item: Item): void;
  /** It is complete: it takes part in no further step, and its caller gets what was emitted. */
  end(): void;
  /** It cannot go on: its caller gets what was emitted, then the error. The others are not touched. */
  fail(error: unknown): void;
  /**
   * Runs once when it leaves, for whatever reason: never within a step that it is part of, so that what the step works
   * with is not taken from it. Runs at once where it has left.
   */
  onLeave(cleanup: () => unknown): void;
}

/** The sides of a sequence that its caller sees; `never` for what is no list of sequences. */
export type SequenceSides<P> = P extends readonly (infer S)[]
  ? unknown extends S
    ? never
    : [S] extends [never]
      ? never
      : S extends Sequence<infer Input, infer Item, infer _State>
        ? { readonly input: Input; readonly item: Item }
        : never
  : never;
