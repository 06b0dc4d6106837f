import type { Context, Schema } from "@bento/core";
import type { ApiDecorator, HandlerInput, HandlerResult, NoSchema } from "../api-types.js";
import { methodPlace } from "./mode.js";
import { recordMember } from "./record.js";
import { noteDesignTypes } from "./reflect.js";

/** Options of {@link api}. */
export interface ApiOptions<I extends Schema | NoSchema = Schema | NoSchema, O extends Schema | NoSchema = Schema | NoSchema> {
  /** What callers send. An object schema's properties are BentoML's keyword arguments; any other schema is one root value. */
  readonly input?: I;
  /** What callers get; of a generator, each item. @default anything */
  readonly output?: O;
  /** Path below the service's prefix. @default "/" and the name */
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
}

/** An endpoint without a class, for `defineService`. */
export interface ApiDefinition<I extends Schema | NoSchema, O extends Schema | NoSchema, R> {
  readonly options: ApiOptions<I, O>;
  readonly handler: (input: HandlerInput<I>, ctx: Context) => R;
}

/**
 * Makes a method an endpoint: `POST /<name>`. The method gets the validated input and, second, the {@link Context};
 * a generator, asynchronous or not, streams its items. An override without `@api` is no endpoint.
 *
 * The method is checked against its schemas while compiling. Without an input schema the first parameter must be a
 * string, number or boolean that `emitDecoratorMetadata` tells of; without an output schema anything may be returned.
 *
 * With a handler as second argument it is an endpoint for `defineService`, not a decorator.
 * @throws BENTO_SERVICE_INVALID at definition on anything but a public instance method, or twice; later for options that cannot work
 */
export function api<I extends Schema | NoSchema = NoSchema, O extends Schema | NoSchema = NoSchema>(
  options?: ApiOptions<I, O>,
): ApiDecorator<I, O>;
export function api<R extends HandlerResult<O>, I extends Schema | NoSchema = NoSchema, O extends Schema | NoSchema = NoSchema>(
  options: ApiOptions<I, O>,
  handler: (input: HandlerInput<I>, ctx: Context) => R,
): ApiDefinition<I, O, R>;
export function api(options: ApiOptions = {}, handler?: unknown): unknown {
  if (handler !== undefined) return { options, handler };
  if (options.input === undefined || options.output === undefined) noteDesignTypes();
  return (...args: readonly unknown[]): void => recordMember("api", methodPlace("api", args), options);
}
