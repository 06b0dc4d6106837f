import { capital, serviceInvalid } from "./service-invalid.js";

/** A path of one or more segments, each of the characters that need no escape and mean nothing to a router. */
const pathPattern = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'(),;=@%-]+)+$/;
/** A segment that is a parameter. */
const paramPattern = /\/\{([A-Za-z_][A-Za-z0-9_]*)\}(?=\/|$)/g;
const apiNamePattern = /^(?!__)[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** What can stand in a header and in a metric's label. */
const serviceNamePattern = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?$/;

/** Options as an object with nothing but known names: a misspelt option must not pass unseen in plain JavaScript. */
export function checkOptions(whose: string, options: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw serviceInvalid(`The options of ${whose} are ${describe(options)}.`, "Give an object of options, or nothing.");
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw serviceInvalid(`${capital(whose)} has an unknown option ${JSON.stringify(key)}.`, `It takes ${known.join(", ")}.`);
    }
  }
  return options as Record<string, unknown>;
}

/** An optional text. */
export function checkText(whose: string, option: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw serviceInvalid(`The ${option} of ${whose} is ${describe(value)}.`, "Give text.");
}

/** The name of a service. */
export function checkServiceName(whose: string, name: string): string {
  if (serviceNamePattern.test(name)) return name;
  throw serviceInvalid(
    name === ""
      ? `${capital(whose)} has no name.`
      : `${capital(whose)} has the name ${JSON.stringify(name)}, which cannot stand in a header.`,
    'Give a name of letters, digits, "_", "-" and ".": @service({ name: "digits" }).',
  );
}

/** The name of an endpoint. */
export function checkApiName(whose: string, name: string, reserved: ReadonlySet<string>): string {
  if (!apiNamePattern.test(name)) {
    throw serviceInvalid(
      `The name ${JSON.stringify(name)} of ${whose} cannot be a method of a client.`,
      'Use letters, digits and "_", not a digit first nor "__"; the option `name` gives a method another name on the wire.',
    );
  }
  if (!reserved.has(name)) return name;
  throw serviceInvalid(
    `The name ${JSON.stringify(name)} of ${whose} means something else on every client.`,
    "Rename the method, or give @api another `name`.",
  );
}

/** A path such as `/classify` or `/v1/classify`. */
export function checkPath(whose: string, option: string, path: string): string {
  if (pathPattern.test(path)) return path;
  const hint = path.startsWith("/")
    ? 'Use segments of letters, digits and "-._~", without query or a slash at the end; in a route, a whole segment may be a parameter: "/items/{key}".'
    : `Begin it with a slash: ${JSON.stringify(`/${path}`)}.`;
  throw serviceInvalid(`The ${option} ${JSON.stringify(path)} of ${whose} is not a path.`, hint);
}

/** The path of an endpoint, any segment of which may be a parameter: `/items/{key}`. Each has a name of its own. */
export function checkRoute(whose: string, route: string): string {
  const names = routeParams(route);
  checkPath(whose, "route", route.replaceAll(paramPattern, "/x"));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return route;
  throw serviceInvalid(
    `The route ${JSON.stringify(route)} of ${whose} has two parameters ${JSON.stringify(twice)}.`,
    "Give one of them another name.",
  );
}

/** The names of the parameters of a route, from left to right. */
export function routeParams(route: string): readonly string[] {
  return [...route.matchAll(paramPattern)].map(([, name]) => name as string);
}

/** What two routes must differ in: names of parameters do not count. */
export function routeShape(route: string): string {
  return route.replaceAll(paramPattern, "/{}");
}

/** A positive number. */
export function checkPositive(whose: string, option: string, value: unknown, isInteger = false): number {
  const isGood = typeof value === "number" && value > 0 && Number.isFinite(value) && (!isInteger || Number.isInteger(value));
  if (isGood) return value;
  throw serviceInvalid(
    `The ${option} of ${whose} is ${describe(value)}.`,
    `Give a ${isInteger ? "whole number" : "number"} greater than 0, or leave it out.`,
  );
}

/** A whole number, 0 or more. */
export function checkCount(whose: string, option: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw serviceInvalid(`The ${option} of ${whose} is ${describe(value)}.`, "Give a whole number, 0 or more, or leave it out.");
}

/** A value for a message. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "function" || (typeof value === "object" && value !== null) ? `a value of type ${typeof value}` : String(value);
}
