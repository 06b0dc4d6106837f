import type { Args, Context, Got, ItemOf, Returns, Schema, SchemaInput, SchemaOutput, Sent, WithErrors } from "@bento/core";
import type { BatchResult, HoldsItems } from "./batch-types.js";
import type { CheckStep } from "./continuous-types.js";

/** How the calls of an endpoint run: one by one, gathered, or together step by step. */
export type Gathering = boolean | "continuous";

/** A sentence in place of a type: what the editor shows where a method and its schemas disagree. */
export interface Problem<Sentence extends string> {
  readonly "~problem": Sentence;
}

/** Stands for a schema that was left out. */
export type NoSchema = undefined;

/** What a method's input is for a schema, or anything without one. */
export type MethodInput<S extends Schema | NoSchema> = S extends Schema ? Args<S> : unknown;
/** What a method may return for a schema, or anything without one. */
export type MethodOutput<S extends Schema | NoSchema> = S extends Schema ? Returns<S> : unknown;

/** Types that a parameter without schema can have, because the compiler's metadata can name them. */
type Inferable = string | number | boolean;

/** Whether an object without any property satisfies a type. */
type IsEmptyAllowed<In> = [Readonly<Record<string, never>>] extends [In] ? true : false;

/** Whether a client that is typed by the parameter sends what the schema reads; a parameter without any key, or none, makes it send nothing. */
export type IsSendable<A, In> = [Sent<A>] extends [In] ? true : [keyof A] extends [never] ? IsEmptyAllowed<In> : false;

type CheckInput<I extends Schema | NoSchema, A> = I extends Schema
  ? [SchemaOutput<I>] extends [A]
    ? IsSendable<A, SchemaInput<I>> extends true
      ? true
      : Problem<"what the caller sends differs from what the method receives: annotate the parameter with Args<typeof Input>">
    : Problem<"the method's first parameter does not accept what its input schema produces">
  : unknown extends A
    ? true
    : [A] extends [Inferable]
      ? true
      : Problem<"without an input schema the first parameter can only be a string, a number or a boolean: give @api an input schema">;

type CheckOutput<O extends Schema | NoSchema, R, B extends Gathering> = B extends true
  ? HoldsItems<ItemOf<R>> extends true
    ? CheckResult<O, R, B>
    : Problem<"a batchable api returns an array, a tensor, a table, or an object that has one: its items are what the callers get">
  : CheckResult<O, R, B>;

/** What is checked against a schema: a response that the method makes by itself is not. */
type OtherThanResponse<R> = Exclude<ItemOf<R>, Response>;

type CheckResult<O extends Schema | NoSchema, R, B extends Gathering> = O extends Schema
  ? [OtherThanResponse<R>] extends [B extends true ? WithErrors<SchemaInput<O>> : SchemaInput<O>]
    ? [Got<OtherThanResponse<R>>] extends [SchemaOutput<O>]
      ? true
      : B extends true
        ? Problem<"what the caller gets differs from what the method returns: annotate the result with BatchReturns<typeof Output>">
        : Problem<"what the caller gets differs from what the method returns: annotate the result with Returns<typeof Output>">
    : Problem<"the method returns something that its output schema does not allow">
  : true;

type CheckRest<C, R extends readonly unknown[]> = [Context] extends [C]
  ? [] extends R
    ? true
    : Problem<"an api takes (input, ctx) and nothing else">
  : Problem<"the method's second parameter is the Context">;

/** The method's own type when it agrees with its schemas, else the sentence that says where it does not. */
export type Check<I extends Schema | NoSchema, O extends Schema | NoSchema, B extends Gathering, M> = M extends (
  input: infer A,
  ctx: infer C,
  ...rest: infer R
) => infer Result
  ? CheckRest<C, R> extends infer RestVerdict
    ? RestVerdict extends true
      ? CheckSides<I, O, B, A, Result> extends infer Verdict
        ? Verdict extends true
          ? M
          : Verdict
        : never
      : RestVerdict
    : never
  : Problem<"an api is a method that takes (input, ctx)">;

type CheckSides<I extends Schema | NoSchema, O extends Schema | NoSchema, B extends Gathering, A, Result> = B extends "continuous"
  ? CheckStep<I, O, A, Result>
  : CheckInput<I, A> extends infer Verdict
    ? Verdict extends true
      ? CheckOutput<O, Result, B>
      : Verdict
    : never;

/** Any function: the parameter list that every function type extends. */
export type AnyMethod = (...args: never) => unknown;

/**
 * A standard decorator's context, as far as it tells methods from all else and static ones from others. TypeScript's own
 * type for it would refuse a method that declares its `this`.
 */
export interface MethodContext<IsStatic extends boolean> {
  readonly kind: "method";
  readonly static: IsStatic;
}

/** What `experimentalDecorators` hands to a decorator of an instance method: a prototype, never the class itself. */
export type InstanceTarget = object & { readonly prototype?: never };

/** {@link api} as both decorator worlds call it; a method that disagrees with its schemas does not compile. */
export interface ApiDecorator<I extends Schema | NoSchema, O extends Schema | NoSchema, B extends Gathering = false> {
  <M extends AnyMethod>(method: M & Check<I, O, B, M>, context: MethodContext<false> & { readonly private: false }): void;
  <M extends AnyMethod>(
    target: InstanceTarget,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M> & { readonly value?: Check<I, O, B, M> },
  ): void;
}

/** What a handler of `defineService` receives: unmarked, since its method's type comes from the schema itself. */
export type HandlerInput<I extends Schema | NoSchema> = I extends Schema ? SchemaOutput<I> : unknown;

/** What a handler of `defineService` may return for a schema. */
export type HandlerResult<O extends Schema | NoSchema, B extends Gathering> = B extends "continuous"
  ? void | Promise<void>
  : O extends Schema
    ? Given<B extends true ? BatchResult<O> : SchemaInput<O>>
    : unknown;

/** A value as handlers give it: at once, later, or in steps. */
type Given<T> = T | Promise<T> | AsyncIterable<T> | Generator<T>;
