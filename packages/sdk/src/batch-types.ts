import type { BatchPolicy, DataFrame, Schema, SchemaInput, SchemaOutput, Tensor, WithErrors } from "@bento/core";
import type { NoSchema, Problem } from "./api-types.js";

/** What is a list of items by itself: typed arrays, tensors along a dimension, tables row by row. */
type ItemsOfTheirOwn = (ArrayBufferView & { readonly length: number }) | Tensor | DataFrame<object>;

/** Whether a type may be a list of items: an array whose length is open, or what is one by itself. A tuple's places are no items. */
type IsItems<T> = unknown extends T
  ? true
  : T extends readonly unknown[]
    ? number extends T["length"]
      ? true
      : false
    : T extends ItemsOfTheirOwn
      ? true
      : false;

/** What the properties of an object may be; an array's own members are none. */
type Property<T> = T extends readonly unknown[] ? never : T extends object ? T[keyof T] : never;

/** Whether a type may be, or have among its properties, a list of items. */
export type HoldsItems<T> = true extends IsItems<T> | IsItems<Property<T>> ? true : false;

/** `true` where calls with this input can be joined, else the sentence that says why not. */
export type Batchable<I extends Schema | NoSchema> = I extends Schema
  ? HoldsItems<SchemaOutput<I>> extends true
    ? true
    : Problem<"a batchable api takes an array, a tensor, a table, or an object that has one: its items are what is gathered">
  : Problem<"a batchable api needs an input schema">;

/** What a batchable handler may return for a schema, or the sentence that says why its output cannot be cut. */
export type BatchResult<O extends Schema> =
  HoldsItems<SchemaInput<O>> extends true
    ? WithErrors<SchemaInput<O>>
    : Problem<"a batchable api returns an array, a tensor, a table, or an object that has one: its items are what the callers get">;

/** Options of a batchable endpoint: one call of the method answers several requests. */
export interface BatchOptions<I extends Schema | NoSchema = Schema | NoSchema> {
  /**
   * Whether requests are gathered. The input is an array, or an object whose arrays all have the same length; requests
   * are joined where the rest of their inputs is equal, and each gets its slice of the output. An `Error` in the place of
   * an item fails the request of that item alone; see `BatchReturns`. @default false
   */
  readonly batchable: Batchable<I>;
  /** Items that one call of the method may get; larger requests are cut, and their answers joined. @default 100 */
  readonly maxBatchSize?: number | undefined;
  /** Milliseconds from arrival within which a request is answered, or refused as soon as that cannot be. @default 60000 */
  readonly maxLatencyMs?: number | undefined;
  /** The dimension along which inputs are joined and outputs cut, or both: `[input, output]`. @default 0 */
  readonly batchDim?: number | readonly [input: number, output: number] | undefined;
  /** Decides when a batch runs, and of how many items. @default one that learns what a call costs, and waits only where that pays */
  readonly batchPolicy?: BatchPolicy | undefined;
}

/** What stands in the place of an option that would be ignored. */
type Unused = Problem<"this option needs `batchable: true`"> | undefined;

/** Options of an endpoint whose calls run one by one; those of {@link BatchOptions} would mean nothing. */
export interface UnbatchedOptions {
  readonly batchable?: false | undefined;
  readonly maxBatchSize?: Unused;
  readonly maxLatencyMs?: Unused;
  readonly batchDim?: Unused;
  readonly batchPolicy?: Unused;
}
