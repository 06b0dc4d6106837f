import type { Got, Sent, SequenceSides, ServiceOf } from "@bento/core";
import type { CallOptions } from "./options.js";
import type { ReadyOptions } from "./readiness.js";
import type { EndpointInfo } from "./service-document.js";

/** What a stream's call gives: iterate it to have each item as it comes, or await it to have them all. */
export interface StreamCall<Item> extends Promise<Item[]>, AsyncIterable<Item> {}

/** What a call gives for what the method returns. `any` and `never` would otherwise be streams too, or nothing at all. */
type Result<R> = unknown extends R
  ? Promise<R>
  : [R] extends [never]
    ? Promise<never>
    : R extends AsyncIterable<infer Item> | Generator<infer Item>
      ? StreamCall<Got<Item>>
      : Promise<Got<Awaited<R>>>;

/** A method as its callers see it: the input may be left out where an empty one, or none, will do. */
type Method<Input, R> =
  true extends MayBeLeftOut<Input>
    ? (input?: Input, options?: CallOptions) => Result<R>
    : (input: Input, options?: CallOptions) => Result<R>;

/** Where a list will do as well, an object is a table's columns, and none of them is no table. */
type MayBeLeftOut<Input> = undefined extends Input
  ? true
  : {} extends Input
    ? [Extract<Input, readonly unknown[]>] extends [never]
      ? true
      : false
    : false;

/** An endpoint as its callers see it, from the method's own type. */
type Endpoint<F> = F extends (...args: infer P) => infer R
  ? P extends readonly []
    ? (input?: undefined, options?: CallOptions) => Result<R>
    : [SequenceSides<P[0]>] extends [never]
      ? Method<Sent<P[0]>, R>
      : StepMethod<SequenceSides<P[0]>>
  : never;

/** A step-wise method, whose parameter holds both sides: what one caller sends, and the items that it gets. */
type StepMethod<Sides> = Sides extends { readonly input: infer Input; readonly item: infer Item }
  ? Method<Sent<Input>, AsyncIterable<Item>>
  : never;

/** The names of the public methods. */
type MethodName<S> = { [K in keyof S]: S[K] extends (...args: never) => unknown ? K : never }[keyof S];

/**
 * A service as its callers see it: its public methods, with the caller's side of each input and result.
 * @typeParam S the service's class (`Client<Digits>`), or `typeof` what `defineService` returned
 */
export type Client<S> = { readonly [K in MethodName<ServiceOf<S>>]: Endpoint<ServiceOf<S>[K]> } & {
  /** The endpoints that the service offers, from its schema; sent for when it is awaited. */
  readonly endpoints: Promise<readonly EndpointInfo[]>;
  /** Whether the service takes calls now; `false` too where it cannot be reached within 5 seconds. */
  isReady(options?: ReadyOptions): Promise<boolean>;
  /** Resolves when the service takes calls. @throws BENTO_TIMEOUT after 60 seconds, or `timeoutMs` */
  waitUntilReady(options?: ReadyOptions): Promise<void>;
  /** Ends the calls that still run; none comes about any more: `await using client = createClient(...)`. */
  [Symbol.asyncDispose](): Promise<void>;
};
