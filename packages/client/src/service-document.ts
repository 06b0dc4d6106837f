import { BentoError, type JsonSchema, type Reviver, reviverFor, wireNames as names } from "@bento/core";
import { holdsKinds } from "./wire-kinds.js";

/** One endpoint in a service's `/schema.json`. */
export interface RouteDocument {
  /** Its name on the wire. */
  readonly name: string;
  /** The method's name in the class, where it differs from `name`. */
  readonly member?: string | undefined;
  /** Path, with the service's prefix. */
  readonly route: string;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  readonly doc?: string | undefined;
  readonly is_task?: boolean | undefined;
}

/** What a service answers at `/schema.json`, ours or Python's; only what a client reads. */
export interface ServiceDocument {
  readonly name: string;
  /** What its author wrote about it. */
  readonly description?: string | undefined;
  /** Seconds that the service takes for a call at most; Python's does not say. */
  readonly timeout?: number | undefined;
  /** Content types of bodies that it takes and gives besides JSON: `application/x-safetensors`. */
  readonly accepts?: readonly string[] | undefined;
  readonly routes: readonly RouteDocument[];
}

/** One endpoint of a service, as `client.endpoints` lists it. */
export interface EndpointInfo {
  /** Its name on the wire; the typed client's method may be called differently in the class. */
  readonly name: string;
  /** Path below the service's URL. */
  readonly route: string;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** What its author wrote about it. */
  readonly doc: string | undefined;
  /** Whether it answers item by item. */
  readonly stream: boolean;
  /** Whether it is queued work, to be submitted and asked for later. */
  readonly task: boolean;
}

/** An endpoint as calls use it. */
export interface Endpoint {
  readonly info: EndpointInfo;
  /** What the typed client calls it. */
  readonly member: string;
  readonly revive: Reviver | undefined;
  /** Whether files, tensors, tables or bytes may go in, or come out. */
  readonly hasKindsIn: boolean;
  readonly hasKindsOut: boolean;
  readonly hasTensorsOut: boolean;
}

/** A service as calls use it. */
export interface RemoteService {
  readonly name: string;
  readonly description: string | undefined;
  /** Milliseconds after which a call has surely been given up by the service; `undefined` where it does not say. */
  readonly timeoutMs: number | undefined;
  readonly accepts: ReadonlySet<string>;
  /** What routes are relative to; no slash at the end. */
  readonly baseUrl: string;
  readonly endpoints: readonly Endpoint[];
}

/** Checks what came from `/schema.json`, or from the option `schema`; undefined when it describes no service. */
export function toRemoteService(document: unknown, baseUrl: string): RemoteService | undefined {
  const { name, description, timeout, accepts, routes } = (isRecord(document) ? document : {}) as Partial<ServiceDocument>;
  if (!Array.isArray(routes) || !routes.every(isRoute)) return undefined;
  const endpoints = endpointsOf(routes);
  if (endpoints === undefined) return undefined;
  return {
    name: typeof name === "string" ? name : "",
    description: typeof description === "string" ? description : undefined,
    timeoutMs: typeof timeout === "number" && timeout > 0 ? timeout * 1000 * marginFactor : undefined,
    accepts: new Set(Array.isArray(accepts) ? accepts.filter((type) => typeof type === "string") : []),
    baseUrl,
    endpoints,
  };
}

function endpointsOf(routes: readonly RouteDocument[]): Endpoint[] | undefined {
  try {
    return routes.map(toEndpoint);
  } catch (error) {
    // Nobody's schema is as deep as the stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A service that gives up says so, and that has to arrive before the client gives up too. */
const marginFactor = 1.01;

/**
 * The endpoint that a method of the typed client means.
 * @throws BENTO_NOT_FOUND naming the endpoints there are
 */
export function findEndpoint(service: RemoteService, member: string): Endpoint {
  const found =
    service.endpoints.find((endpoint) => endpoint.member === member) ?? service.endpoints.find(({ info }) => info.name === member);
  if (found) return found;
  const known = service.endpoints.map((endpoint) => endpoint.member).join(", ");
  throw new BentoError("BENTO_NOT_FOUND", `The service "${service.name}" at ${service.baseUrl} has no endpoint "${member}".`, {
    hint: known === "" ? "It has no endpoints at all." : `Its endpoints are: ${known}.`,
  });
}

function toEndpoint(route: RouteDocument): Endpoint {
  const info: EndpointInfo = {
    name: route.name,
    route: route.route,
    input: route.input,
    output: route.output,
    doc: typeof route.doc === "string" ? route.doc : undefined,
    stream: route.output[names.isStream] === true,
    task: route[names.isTask] === true,
  };
  return {
    info: Object.freeze(info),
    member: typeof route.member === "string" ? route.member : route.name,
    revive: reviverFor(route.output),
    hasKindsIn: holdsKinds(route.input),
    hasKindsOut: holdsKinds(route.output),
    hasTensorsOut: JSON.stringify(route.output).includes('"type":"tensor"'),
  };
}

function isRoute(route: unknown): route is RouteDocument {
  if (!isRecord(route)) return false;
  const { name, route: path, input, output } = route;
  return typeof name === "string" && typeof path === "string" && path.startsWith("/") && isRecord(input) && isRecord(output);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
