import type { Wire } from "@bento/core";
import type { CallOptions } from "./options.js";
import type { EndpointInfo } from "./service-document.js";

/** What a stream's call gives: iterate it to have each item as it comes, or await it to have them all. */
export interface StreamCall<Item> extends Promise<Item[]>, AsyncIterable<Item> {}

/** The service itself, whether given as its class's instance type or as `typeof` the class. */
type Instance<S> = S extends abstract new (...args: never) => infer I ? I : S;

/** What a call gives for what the method returns. */
type Result<R> = R extends AsyncIterable<infer Item> | Generator<infer Item> ? StreamCall<Wire<Item>> : Promise<Wire<Awaited<R>>>;

/** A method as its callers see it: the input may be left out where an empty one will do. */
type Method<Input, R> = {} extends Input
  ? (input?: Input, options?: CallOptions) => Result<R>
  : (input: Input, options?: CallOptions) => Result<R>;

/** An endpoint as its callers see it, from the method's own type. */
type Endpoint<F> = F extends (...args: infer P) => infer R
  ? P extends readonly []
    ? (input?: undefined, options?: CallOptions) => Result<R>
    : P extends readonly [(infer Input)?, ...unknown[]]
      ? Method<Wire<Input>, R>
      : never
  : never;

/** The names of the public methods. */
type MethodName<S> = { [K in keyof S]: S[K] extends (...args: never) => unknown ? K : never }[keyof S];

/**
 * A service as its callers see it: its public methods, with the caller's side of each input and result.
 * @typeParam S the service's class (`Client<Digits>`), or `typeof` what `defineService` returned
 */
export type Client<S> = { readonly [K in MethodName<Instance<S>>]: Endpoint<Instance<S>[K]> } & {
  /** The endpoints that the service offers, from its schema; sent for when it is awaited. */
  readonly endpoints: Promise<readonly EndpointInfo[]>;
};
