import type { SequenceSides } from "./sequence.js";
import type { Got, Sent } from "./service-types.js";

/** What a method returns, or what a generator yields. `any`, as `JSON.parse` gives it, stays what it is. */
export type ItemOf<R> = unknown extends R ? R : R extends AsyncIterable<infer T> ? T : R extends Generator<infer T> ? T : Awaited<R>;

/** The service itself, whether given as its class's instance type or as `typeof` the class. */
export type ServiceOf<S> = S extends abstract new (...args: never) => infer I ? I : S;

/** What a caller sends to an endpoint: `ApiInput<Digits, "classify">`; `typeof` the class will do as well. */
export type ApiInput<S extends object, K extends keyof ServiceOf<S>> = ServiceOf<S>[K] extends (...args: infer P) => unknown
  ? P extends readonly []
    ? undefined
    : [SequenceSides<P[0]>] extends [never]
      ? Sent<P[0]>
      : Sent<SequenceSides<P[0]>["input"]>
  : never;

/** What a caller gets from an endpoint; of a stream, each item. */
export type ApiOutput<S extends object, K extends keyof ServiceOf<S>> = ServiceOf<S>[K] extends (...args: infer P) => infer R
  ? [SequenceSides<P[0]>] extends [never]
    ? Got<ItemOf<R>>
    : Got<SequenceSides<P[0]>["item"]>
  : never;
