import { reservedApiNames, type Schema } from "@bento/core";
import { batchOf, batchOptionNames, batchSchemas } from "./batch-spec.js";
import { continuousOf } from "./continuous-spec.js";
import { designTypes } from "./decorators/reflect.js";
import { checkInputStream } from "./input-stream-spec.js";
import { isGenerator, type Member } from "./members.js";
import { checkApiName, checkOptions, checkPositive, checkRoute, checkText, describe } from "./option-checks.js";
import { apiSchema } from "./schema/api-schema.js";
import { anything, inferredSchema, nothing } from "./schema/inferred.js";
import { isSchema, type SchemaSide } from "./schema/library.js";
import { capital, serviceInvalid } from "./service-invalid.js";
import type { ApiSchema, ApiSpec, ReplaySpec } from "./spec.js";

const knownOptions = ["input", "output", "route", "name", "description", "stream", "replay", ...batchOptionNames];

/** Paths that the server answers itself. */
const reservedRoutes: ReadonlySet<string> = new Set(["/", "/livez", "/readyz", "/healthz", "/metrics", "/schema.json", "/docs.json"]);

type Method = (this: object, input: unknown, ctx: unknown) => unknown;

/** The spec of one `@api` member. @throws BENTO_SERVICE_INVALID for options that cannot work */
export function apiSpec(serviceName: string, member: Member): ApiSpec {
  const whose = `the api ${serviceName}.${member.name}`;
  const options = checkOptions(whose, member.options, knownOptions);
  const name = checkApiName(whose, checkText(whose, "name", options["name"]) ?? member.name, reservedApiNames);
  const continuous = continuousOf(whose, member, options);
  const isStepWise = continuous !== undefined;
  const stream = isStepWise || streamOf(whose, member, options["stream"]);
  const batch = batchOf(whose, options);
  const replay = replayOf(whose, options["replay"], stream);
  checkInputStream(whose, options["input"], { batch, continuous, replay });
  const schemas = {
    input: inputSchema(whose, member, options["input"]),
    // What a step-wise method returns says nothing of its items.
    output: isStepWise && options["output"] === undefined ? anything : outputSchema(whose, member, options["output"]),
  };
  return {
    name,
    member: member.name,
    route: routeOf(whose, options["route"], name),
    description: checkText(whose, "description", options["description"]),
    ...(batch === undefined ? schemas : batchSchemas(whose, batch, options, schemas)),
    stream,
    replay,
    batch,
    continuous,
    invoke: invoker(member.name),
  };
}

function routeOf(whose: string, given: unknown, name: string): string {
  const route = checkText(whose, "route", given) ?? `/${name}`;
  if (!reservedRoutes.has(route)) return checkRoute(whose, route);
  throw serviceInvalid(`The route ${JSON.stringify(route)} of ${whose} is one that the server answers itself.`, "Choose another route.");
}

function streamOf(whose: string, member: Member, given: unknown): boolean {
  if (given !== undefined && typeof given !== "boolean") {
    throw serviceInvalid(`The stream of ${whose} is ${describe(given)}.`, "Give true or false, or leave it out.");
  }
  const isGeneratorFunction = isStream(member);
  if (given !== false || !isGeneratorFunction) return given ?? isGeneratorFunction;
  throw serviceInvalid(
    `${capital(whose)} is a generator, and says \`stream: false\`.`,
    "Leave `stream` out, or return the items as a list.",
  );
}

function replayOf(whose: string, given: unknown, stream: boolean): ReplaySpec | undefined {
  if (given === undefined) return undefined;
  if (!stream) throw serviceInvalid(`${capital(whose)} has a replay, but does not stream.`, "Make it a generator, or leave `replay` out.");
  const {
    items = 1000,
    bytes = 8 * 1024 * 1024,
    seconds = 30,
  } = checkOptions(`${whose} under replay`, given, ["items", "bytes", "seconds"]);
  return {
    items: checkPositive(whose, "replay.items", items, true),
    bytes: checkPositive(whose, "replay.bytes", bytes, true),
    graceMs: checkPositive(whose, "replay.seconds", seconds) * 1000,
  };
}

/** A decorator above may have put a plain function in the generator's place, and one below before it. */
function isStream({ owner, name, method }: Member): boolean {
  const present: unknown = Object.getOwnPropertyDescriptor(owner.prototype as object, name)?.value;
  return isGenerator(method) || (typeof present === "function" && isGenerator(present as typeof method));
}

/** By name at each call, so that an override and whatever other decorators made of the method are what runs. */
function invoker(member: string): ApiSpec["invoke"] {
  return (instance, input, ctx) => (instance as Record<string, Method>)[member]?.(input, ctx);
}

function inputSchema(whose: string, { owner, name, method }: Member, given: unknown): ApiSchema {
  if (given !== undefined) return checkedSchema(whose, "input", given);
  const design = designTypes(owner.prototype as object, name);
  if (design !== undefined) return design.parameters.length === 0 ? nothing : inferredSchema(design.parameters[0]);
  if (method.length === 0) return nothing;
  throw serviceInvalid(
    `${capital(whose)} has a parameter, but nothing says what may be sent.`,
    "Add an input schema: @api({ input: z.string() }); or, for string, number and boolean, compile with `experimentalDecorators` and `emitDecoratorMetadata`.",
  );
}

function outputSchema(whose: string, { owner, name }: Member, given: unknown): ApiSchema {
  if (given !== undefined) return checkedSchema(whose, "output", given);
  const design = designTypes(owner.prototype as object, name);
  return design === undefined ? anything : inferredSchema(design.result);
}

function checkedSchema(whose: string, side: SchemaSide, given: unknown): ApiSchema {
  if (isSchema(given)) return apiSchema(given satisfies Schema, side);
  throw serviceInvalid(
    `The ${side} of ${whose} is ${describe(given)}, which is no schema.`,
    "Give a zod schema, or another that follows Standard Schema.",
  );
}
