import type { Context, Schema, Sequence } from "@bento/core";
import type { AnyMethod, MethodInput, MethodOutput, NoSchema } from "./api-types.js";
import type { ApiDefinition, StepDefinition } from "./decorators/api.js";
import type { Check, MetricsHook } from "./decorators/checks.js";
import type { AnyClass } from "./decorators/mode.js";
import { type MemberRole, recordMember, recordService } from "./decorators/record.js";
import type { ServiceClass, ServiceOptions } from "./decorators/service.js";
import { Model } from "./model.js";
import { checkOptions, describe } from "./option-checks.js";
import { capital, serviceInvalid } from "./service-invalid.js";

/** Endpoints by member name, each made by `api(options, handler)`. */
export type ApiDefinitions = Readonly<Record<string, AnyDefinition>>;
/** Says nothing of the schemas, lest `api` take its type parameters from here instead of from its arguments. */
interface AnyDefinition {
  readonly options: object;
  readonly handler: AnyMethod;
}

/** What {@link defineService} takes: the options of `@service`, and what a class would hold. */
export interface ServiceDefinition<A extends ApiDefinitions> extends ServiceOptions {
  readonly name: string;
  /** The references that the handlers use, so that they are there before the start. Handlers reach them by closure. */
  readonly models?: Readonly<Record<string, Model>> | undefined;
  readonly apis: A;
  /** As `@onStartup`. */
  readonly startup?: (() => unknown) | undefined;
  /** As `@onShutdown`. */
  readonly shutdown?: (() => unknown) | undefined;
  /** As `@onDeployment`. */
  readonly deployment?: (() => unknown) | undefined;
  /** As `@readiness`. */
  readonly readiness?: Check | undefined;
  /** As `@liveness`. */
  readonly liveness?: Check | undefined;
  /** As `@metrics`. */
  readonly metrics?: MetricsHook | undefined;
}

type Result<R, Item> = unknown extends R
  ? Promise<Item>
  : R extends AsyncIterable<unknown> | Generator
    ? AsyncGenerator<Item, void, undefined>
    : Promise<Item>;
type Output<O extends Schema | NoSchema, R> = O extends Schema
  ? Result<R, MethodOutput<O>>
  : R extends AsyncIterable<unknown> | Generator
    ? R
    : Promise<Awaited<R>>;
type MethodOf<D> =
  D extends StepDefinition<infer I, infer O, infer State>
    ? (sequences: readonly Sequence<MethodInput<I>, MethodOutput<O>, State>[], ctx: Context) => void | Promise<void>
    : OtherMethodOf<D>;
type OtherMethodOf<D> =
  D extends ApiDefinition<infer I, infer O, infer R>
    ? I extends Schema
      ? (input: MethodInput<I>, ctx: Context) => Output<O, R>
      : (input?: unknown, ctx?: Context) => Output<O, R>
    : never;

/** The class that {@link defineService} makes: its methods have the types of the definition's schemas. */
export type DefinedService<A extends ApiDefinitions> = ServiceClass<{ -readonly [K in keyof A]: MethodOf<A[K]> }>;

/**
 * A service without decorators, for plain JavaScript or by taste. It gives a class like any decorated one, accepted
 * wherever a service is; `type Digits = InstanceType<typeof Digits>` types a client.
 *
 * ```ts
 * const model = new BentoModel("digits:latest");
 * const Digits = defineService({
 *   name: "digits",
 *   models: { model },
 *   apis: { classify: api({ input: Images, output: Labels }, async ({ images }, ctx) => ...) },
 * });
 * ```
 * Handlers reach models and what the start-up made by closure, which all instances in a process share, except that a
 * reference still finds the store of the instance that runs. Where each instance needs a state of its own, write a class.
 * @throws BENTO_SERVICE_INVALID when something is not what its name says
 */
export function defineService<const A extends ApiDefinitions>(definition: ServiceDefinition<A>): DefinedService<A> {
  if (typeof definition !== "object" || definition === null) {
    throw serviceInvalid(`defineService was given ${describe(definition)}.`, "Give an object: defineService({ name, apis: { ... } }).");
  }
  const { apis, models, startup, shutdown, deployment, readiness, liveness, metrics, ...options } = definition;
  const whose = `the service ${describe(options.name)}`;
  checkModels(whose, models);
  // oxlint-disable-next-line typescript/no-extraneous-class -- what a class body would hold is added below
  const target = class {};
  Object.defineProperty(target, "name", { value: typeof options.name === "string" ? options.name : "", configurable: true });
  Object.defineProperty(target, "models", { value: models, enumerable: true });
  recordService(target, { name: undefined, options, sharesState: true });
  for (const [name, value] of Object.entries(checkOptions(`${whose} under apis`, apis, Object.keys(apis ?? {}))))
    addApi(whose, target, name, value);
  addHook(whose, target, "startup", startup);
  addHook(whose, target, "shutdown", shutdown);
  addHook(whose, target, "deployment", deployment);
  addHook(whose, target, "readiness", readiness);
  addHook(whose, target, "liveness", liveness);
  addHook(whose, target, "metrics", metrics);
  return target as unknown as DefinedService<A>;
}

/** What is no reference would not be looked for, and the start would not miss it. */
function checkModels(whose: string, models: unknown): void {
  if (models === undefined) return;
  for (const [name, model] of Object.entries(checkOptions(`${whose} under models`, models, Object.keys(models ?? {})))) {
    if (Model.is(model)) continue;
    const what = `${capital(whose)} has under models a ${JSON.stringify(name)} that is ${describe(model)}.`;
    throw serviceInvalid(what, 'Give a reference: new BentoModel("clf:latest").');
  }
}

function addApi(whose: string, target: AnyClass, name: string, value: unknown): void {
  const { options, handler } = (value ?? {}) as { readonly options?: unknown; readonly handler?: unknown };
  if (typeof handler !== "function") {
    throw serviceInvalid(`${capital(whose)} has an api ${JSON.stringify(name)} without a handler.`, "Make it with api(options, handler).");
  }
  const method = handler as AnyMethod;
  Object.defineProperty(target.prototype, name, { value: method, configurable: true, writable: true });
  recordMember("api", { name, isStatic: false, isPrivate: false, method, holder: target.prototype as object, read: undefined }, options);
}

function addHook(whose: string, target: AnyClass, role: Exclude<MemberRole, "api">, hook: unknown): void {
  if (hook === undefined) return;
  if (typeof hook !== "function") throw serviceInvalid(`The ${role} of ${whose} is ${describe(hook)}.`, "Give a function.");
  const isStatic = role === "deployment";
  const method = hook as AnyMethod;
  // Recorded as private, so that an endpoint may have the same name.
  recordMember(role, { name: `#${role}`, isStatic, isPrivate: true, method, holder: target, read: () => method }, undefined);
}
