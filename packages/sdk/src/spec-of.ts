import { apiSpec } from "./api-spec.js";
import { corsOf } from "./decorators/cors.js";
import type { AnyClass } from "./decorators/mode.js";
import { type MemberRole, serviceRecord } from "./decorators/record.js";
import type { ServiceClass, ServiceOptions } from "./decorators/service.js";
import { followOf } from "./follow-of.js";
import { type Member, membersOf, methodNames } from "./members.js";
import { mountsOf } from "./mount.js";
import { checkOptions, checkPath, checkServiceName, checkText, describe, routeShape } from "./option-checks.js";
import { resourcesOf, workersOf } from "./resource-options.js";
import { capital, serviceInvalid } from "./service-invalid.js";
import type { ApiSpec, HookSpec, ServiceSpec } from "./spec.js";
import { trafficOf } from "./traffic-of.js";

const specs = new WeakMap<ServiceClass, ServiceSpec>();
const knownOptions = [
  "name",
  "description",
  "pathPrefix",
  "labels",
  "traffic",
  "resources",
  "workers",
  "mounts",
  "cors",
  "traceId",
  "follow",
] satisfies (keyof ServiceOptions)[];

/**
 * Everything that decorators recorded about a service class, checked. Read on first use, since at decoration time a
 * class is not finished, and kept.
 * @throws BENTO_SERVICE_INVALID, always with the cure
 */
export function specOf(service: ServiceClass): ServiceSpec {
  let spec = specs.get(service);
  if (spec === undefined) specs.set(service, (spec = readSpec(service)));
  return spec;
}

/** Whether a value is a class that `@service` or `defineService` made a service. */
export function isService(value: unknown): value is ServiceClass {
  return typeof value === "function" && serviceRecord(value as ServiceClass) !== undefined;
}

/**
 * Public methods that are neither endpoints nor hooks: a typed client would offer them, and the server would not answer.
 * Whether a method is `protected` or `private` in TypeScript cannot be seen here, so these are named as well; names that
 * begin with `_` are not.
 */
export function publicMembersWithoutEndpoint(spec: ServiceSpec): readonly string[] {
  const { apis, startup, shutdown, readiness, liveness, metrics } = spec;
  const known = new Set([...apis, ...startup, ...shutdown, ...readiness, ...liveness, ...metrics].map(({ member }) => member));
  return methodNames(spec.target).filter((name) => !known.has(name) && !name.startsWith("_"));
}

function readSpec(target: ServiceClass): ServiceSpec {
  if (typeof target !== "function") {
    throw serviceInvalid(`A service is a class, not ${describe(target)}.`, "Pass the class itself, not an instance of it.");
  }
  const record = serviceRecord(target);
  if (record === undefined) {
    const message = `Class ${JSON.stringify(target.name)} is no service.`;
    throw serviceInvalid(message, "Put @service() above it, and above all its other decorators; a subclass of a service needs its own.");
  }
  const whose = `the service ${JSON.stringify(record.name ?? target.name)}`;
  const options = checkOptions(whose, record.options, knownOptions);
  const name = checkServiceName(whose, checkText(whose, "name", options["name"]) ?? record.name ?? target.name);
  const apis = membersOf(target, "api").map((member) => apiSpec(name, member));
  checkUnique(whose, apis);
  return Object.freeze({
    name,
    description: checkText(whose, "description", options["description"]),
    pathPrefix: prefixOf(whose, options["pathPrefix"]),
    labels: labelsOf(whose, options["labels"]),
    traffic: trafficOf(whose, options["traffic"]),
    resources: resourcesOf(whose, options["resources"]),
    workers: workersOf(whose, options["workers"]),
    apis: apis.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    startup: hooks(target, "startup"),
    shutdown: hooks(target, "shutdown").toReversed(),
    deployment: hooks(target, "deployment"),
    readiness: hooks(target, "readiness"),
    liveness: hooks(target, "liveness"),
    metrics: hooks(target, "metrics"),
    mounts: mountsOf(whose, options["mounts"]),
    cors: corsOf(whose, options["cors"]),
    traceId: traceIdOf(whose, options["traceId"]),
    follow: followOf(whose, options["follow"]),
    sharesState: record.sharesState ?? false,
    target,
  });
}

function checkUnique(whose: string, apis: readonly ApiSpec[]): void {
  for (const [index, api] of apis.entries()) {
    for (const other of apis.slice(index + 1)) {
      if (routeShape(api.route) === routeShape(other.route)) {
        throw serviceInvalid(
          `${capital(whose)} has two apis, ${api.member} and ${other.member}, with the route ${JSON.stringify(api.route)}.`,
          "Give one of them another `route`.",
        );
      }
      // A client finds an endpoint by either name, so no name may mean two of them.
      const clash = [api.name, api.member].find((name) => name === other.name || name === other.member);
      if (clash !== undefined) {
        throw serviceInvalid(
          `${capital(whose)} has two apis, ${api.member} and ${other.member}, that go by ${JSON.stringify(clash)}.`,
          "Give one of them another `name`.",
        );
      }
    }
  }
}

function prefixOf(whose: string, value: unknown): string {
  const prefix = checkText(whose, "pathPrefix", value) ?? "";
  return prefix === "" ? "" : checkPath(whose, "pathPrefix", prefix);
}

function traceIdOf(whose: string, value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw serviceInvalid(`The traceId of ${whose} is ${describe(value)}.`, "Give true or false, or leave it out.");
}

function labelsOf(whose: string, value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const isTextPairs = typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");
  if (!isTextPairs) throw serviceInvalid(`The labels of ${whose} are not all text.`, 'Give an object of texts: { team: "vision" }.');
  return Object.freeze({ ...(value as Record<string, string>) });
}

function hooks(target: AnyClass, role: Exclude<MemberRole, "api">): readonly HookSpec[] {
  return membersOf(target, role).map((member) => ({
    member: member.name,
    run: (instance, ...given) => hookOf(member, role === "deployment" ? target : (instance ?? target))?.(...given),
  }));
}

/** By name, so that an override is what runs; a `#private` method can only be read through what the compiler left. */
function hookOf(member: Member, holder: object): ((...given: readonly unknown[]) => unknown) | undefined {
  const method = member.read === undefined ? (holder as Record<string, unknown>)[member.name] : member.read(holder);
  return typeof method === "function" ? method.bind(holder) : undefined;
}
