import type { Got, Schema, SchemaInput, SchemaOutput, Sequence, SequenceSides } from "@bento/core";
import type { IsSendable, NoSchema, Problem } from "./api-types.js";

/** What stands in the place of an option that would be ignored. */
type Unused = Problem<'this option means nothing with `batchable: "continuous"`'> | undefined;

/** Options of a step-wise endpoint: one call of its method takes one step for all sequences that run. */
export interface ContinuousOptions<I extends Schema | NoSchema = Schema | NoSchema> {
  /**
   * The method takes steps: each call of it gets the sequences that run, as {@link Sequence}, and emits items for them. The
   * endpoint streams the items of each call to its caller.
   */
  readonly batchable: I extends Schema ? "continuous" : Problem<"a step-wise api needs an input schema">;
  /** Sequences that may run at once; more wait for one to end, first come first served. @default 100 */
  readonly maxBatchSize?: number | undefined;
  readonly stream?: true | undefined;
  readonly maxLatencyMs?: Unused;
  readonly batchDim?: Unused;
  readonly batchPolicy?: Unused;
}

type CheckSides<I extends Schema | NoSchema, O extends Schema | NoSchema, Sides> = Sides extends {
  readonly input: infer In;
  readonly item: infer Item;
}
  ? CheckSequenceInput<I, In> extends infer Verdict
    ? Verdict extends true
      ? CheckItem<O, Item>
      : Verdict
    : never
  : never;

type CheckSequenceInput<I extends Schema | NoSchema, In> = I extends Schema
  ? [SchemaOutput<I>] extends [In]
    ? IsSendable<In, SchemaInput<I>> extends true
      ? true
      : Problem<"what the caller sends differs from what the sequence holds: write Sequence<Args<typeof Input>, ...>">
    : Problem<"the sequences' input does not accept what the input schema produces">
  : true;

type CheckItem<O extends Schema | NoSchema, Item> = O extends Schema
  ? [Item] extends [SchemaInput<O>]
    ? [Got<Item>] extends [SchemaOutput<O>]
      ? true
      : Problem<"what the caller gets differs from what the method emits: write Sequence<..., Returns<typeof Output>>">
    : Problem<"the method emits something that its output schema does not allow">
  : true;

/** `true` where a step-wise method agrees with its schemas, else the sentence that says where it does not. */
export type CheckStep<I extends Schema | NoSchema, O extends Schema | NoSchema, Parameter, Result> = [SequenceSides<Parameter>] extends [
  never,
]
  ? Problem<"a step-wise api takes the sequences that run: readonly Sequence<Input, Item, State>[]">
  : [Awaited<Result>] extends [void]
    ? CheckSides<I, O, SequenceSides<Parameter>>
    : Problem<"a step-wise api returns nothing: it emits items with sequence.emit(item)">;

/** What a step-wise handler of `defineService` gets for its schemas. */
export type HandlerSequence<I extends Schema | NoSchema, O extends Schema | NoSchema, State> = Sequence<
  I extends Schema ? SchemaOutput<I> : unknown,
  O extends Schema ? SchemaInput<O> : unknown,
  State
>;
