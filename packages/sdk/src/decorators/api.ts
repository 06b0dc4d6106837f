import type { Context, Schema } from "@bento/core";
import type { ApiDecorator, Gathering, HandlerInput, HandlerResult, NoSchema } from "../api-types.js";
import type { BatchOptions, UnbatchedOptions } from "../batch-types.js";
import type { ContinuousOptions, HandlerSequence } from "../continuous-types.js";
import { methodPlace } from "./mode.js";
import { recordMember } from "./record.js";
import { noteDesignTypes } from "./reflect.js";

/** Options that every endpoint has. */
export interface EndpointOptions<I extends Schema | NoSchema = Schema | NoSchema, O extends Schema | NoSchema = Schema | NoSchema> {
  /** What callers send. An object schema's properties are BentoML's keyword arguments; any other schema is one root value. */
  readonly input?: I;
  /** What callers get; of a generator, each item. @default anything */
  readonly output?: O;
  /**
   * Path below the service's prefix. A segment like `{key}` stands for any, which the method then finds in
   * `ctx.request.params.key`. @default "/" and the name
   */
  readonly route?: string | undefined;
  /** Name on the wire. @default the method's own */
  readonly name?: string | undefined;
  /** For people: shown in schema.json, OpenAPI, on the page at `/` and by the client. */
  readonly description?: string | undefined;
  /**
   * Whether the method streams. Generator functions are recognised; say it where another decorator or an old compile
   * target hides one in a plain function. @default whether the method is a generator function
   */
  readonly stream?: boolean | undefined;
  /** Lets a caller whose connection breaks have the rest of a stream on another one. Only for methods that stream. */
  readonly replay?: ReplayOptions | undefined;
}

/**
 * How a stream is kept for a caller whose connection breaks: the last items that were sent are there to be sent again, and
 * the method goes on meanwhile, as many items ahead. Nothing is lost or comes twice; where that cannot be had, the caller
 * gets BENTO_STREAM_GONE. Only for callers that read framed events, as Bento's own client does, which resumes by itself.
 *
 * A caller that leaves looks like one whose connection broke, unless it says so, as Bento's client does: the method then
 * goes on for a while.
 */
export interface ReplayOptions {
  /** Items that are kept after they were sent; each takes memory as long as the stream lives. @default 1000 */
  readonly items?: number | undefined;
  /** Bytes that are kept at most, however few items that are; the last item always is. @default 8388608, 8 MiB */
  readonly bytes?: number | undefined;
  /** Seconds that a stream waits for its caller to come back, also when it has ended. @default 30 */
  readonly seconds?: number | undefined;
}

/** Options of {@link api}. */
export type ApiOptions<I extends Schema | NoSchema = Schema | NoSchema, O extends Schema | NoSchema = Schema | NoSchema> = EndpointOptions<
  I,
  O
> &
  (BatchOptions<I> | ContinuousOptions<I> | UnbatchedOptions);

/** Carries to the type of a method or handler how its calls run. */
interface Whether<B extends Gathering> {
  readonly batchable?: B | undefined;
}

/** An endpoint without a class, for `defineService`. */
export interface ApiDefinition<I extends Schema | NoSchema, O extends Schema | NoSchema, R> {
  readonly options: ApiOptions<I, O>;
  readonly handler: (input: HandlerInput<I>, ctx: Context) => R;
}

/** A step-wise endpoint without a class, for `defineService`. */
export interface StepDefinition<I extends Schema | NoSchema, O extends Schema | NoSchema, State> {
  readonly options: EndpointOptions<I, O> & ContinuousOptions<I>;
  readonly handler: (sequences: readonly HandlerSequence<I, O, State>[], ctx: Context) => void | Promise<void>;
}

/**
 * Makes a method an endpoint: `POST /<name>`. The method gets the validated input and, second, the {@link Context};
 * a generator, asynchronous or not, streams its items. An override without `@api` is no endpoint.
 *
 * The method is checked against its schemas while compiling. Without an input schema the first parameter must be a
 * string, number or boolean that `emitDecoratorMetadata` tells of; without an output schema anything may be returned.
 *
 * With `batchable: true` one call gets the items of several requests, and returns as many in the same order. With
 * `batchable: "continuous"` each call is one step for all requests that run, which join and leave between steps: see
 * `Sequence`.
 *
 * With a handler as second argument it is an endpoint for `defineService`, not a decorator.
 * @throws BENTO_SERVICE_INVALID at definition on anything but a public instance method, or twice; later for options that cannot work
 */
export function api<I extends Schema | NoSchema = NoSchema, O extends Schema | NoSchema = NoSchema, B extends Gathering = false>(
  options?: ApiOptions<I, O> & Whether<B>,
): ApiDecorator<I, O, B>;
export function api<
  R extends HandlerResult<O, B>,
  I extends Schema | NoSchema = NoSchema,
  O extends Schema | NoSchema = NoSchema,
  B extends Gathering = false,
  State = unknown,
>(
  options: ApiOptions<I, O> & Whether<B>,
  handler: (input: B extends "continuous" ? readonly HandlerSequence<I, O, State>[] : HandlerInput<I>, ctx: Context) => R,
): B extends "continuous" ? StepDefinition<I, O, State> : ApiDefinition<I, O, R>;
export function api(options: ApiOptions = {}, handler?: unknown): unknown {
  if (handler !== undefined) return { options, handler };
  if (options.input === undefined || options.output === undefined) noteDesignTypes();
  return (...args: readonly unknown[]): void => recordMember("api", methodPlace("api", args), options);
}
