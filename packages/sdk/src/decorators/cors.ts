import { checkOptions, describe } from "../option-checks.js";
import { serviceInvalid } from "../service-invalid.js";

/** Which other origins' pages may call a service from a browser, and how. */
export interface CorsOptions {
  /** Origins such as `https://app.example`, or a function of the origin that answers the one to allow. @default "*" */
  readonly origin?: string | readonly string[] | ((origin: string) => string | undefined);
  /** @default GET, HEAD, POST, DELETE */
  readonly allowMethods?: readonly string[];
  /** Request headers that a page may send. @default those it asks for */
  readonly allowHeaders?: readonly string[];
  /** Answer headers that a page may read. @default `x-bentoml-request-id`, `retry-after` */
  readonly exposeHeaders?: readonly string[];
  /** Seconds that a browser may remember the answer. */
  readonly maxAge?: number;
  /** Whether cookies are sent along; needs named origins. @default false */
  readonly credentials?: boolean;
}

const known = ["origin", "allowMethods", "allowHeaders", "exposeHeaders", "maxAge", "credentials"] satisfies (keyof CorsOptions)[];

/** The CORS of a service. @throws BENTO_SERVICE_INVALID for options that cannot work */
export function corsOf(whose: string, value: unknown): boolean | CorsOptions | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  const options = checkOptions(`${whose} under cors`, value, known);
  const { origin, maxAge, credentials } = options;
  const lists = { allowMethods: options["allowMethods"], allowHeaders: options["allowHeaders"], exposeHeaders: options["exposeHeaders"] };
  for (const [name, list] of Object.entries(lists))
    if (list !== undefined && !isTexts(list)) throw badOption(whose, name, list, "a list of texts");
  const isOrigin = origin === undefined || typeof origin === "string" || typeof origin === "function" || isTexts(origin);
  if (!isOrigin) throw badOption(whose, "origin", origin, "an origin, a list of them, or a function");
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && (maxAge as number) >= 0))
    throw badOption(whose, "maxAge", maxAge, "whole seconds");
  if (credentials !== undefined && typeof credentials !== "boolean") throw badOption(whose, "credentials", credentials, "true or false");
  return options;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function badOption(whose: string, name: string, value: unknown, wanted: string): Error {
  return serviceInvalid(`The cors.${name} of ${whose} is ${describe(value)}.`, `Give ${wanted}.`);
}
