import type { Fairness, Priorities, TrafficOptions } from "./decorators/traffic.js";
import { checkCount, checkOptions, checkPositive, describe } from "./option-checks.js";
import { serviceInvalid } from "./service-invalid.js";
import type { ServiceSpec } from "./spec.js";

const defaultTimeoutSeconds = 60;
/** As many as a short outage brings at a thousand calls a second; with 100 KB each, 100 MB of memory. */
const defaultMaxQueue = 1000;
const knownOptions = ["timeout", "maxConcurrency", "maxQueue", "fairness", "priorities"] satisfies (keyof TrafficOptions)[];
/** A header's name, as HTTP has it. */
const headerPattern = /^[\w!#$%&'*+.^`|~-]{1,100}$/;

/** The limits of a service's calls. @throws BENTO_SERVICE_INVALID */
export function trafficOf(whose: string, value: unknown): ServiceSpec["traffic"] {
  const options = checkOptions(`${whose} under traffic`, value ?? {}, knownOptions);
  const { timeout, maxConcurrency, maxQueue } = options;
  const seconds = timeout === undefined ? defaultTimeoutSeconds : checkPositive(whose, "traffic.timeout", timeout);
  const traffic = {
    timeoutMs: seconds * 1000,
    maxConcurrency: maxConcurrency === undefined ? undefined : checkPositive(whose, "traffic.maxConcurrency", maxConcurrency, true),
    maxQueue: maxQueue === Infinity ? undefined : checkCount(whose, "traffic.maxQueue", maxQueue ?? defaultMaxQueue),
    fairness: fairnessOf(whose, options["fairness"]),
    priorities: prioritiesOf(whose, options["priorities"]),
  };
  const option = traffic.fairness !== undefined ? "fairness" : traffic.priorities !== undefined ? "priorities" : undefined;
  if (option === undefined || traffic.maxConcurrency !== undefined) return traffic;
  throw serviceInvalid(
    `The traffic.${option} of ${whose} is of no use without traffic.maxConcurrency: no call would ever wait.`,
    `Say how many calls may run at once, such as maxConcurrency: 64; what goes beyond waits in line.`,
  );
}

function fairnessOf(whose: string, value: unknown): Fairness | undefined {
  if (value === undefined || value === "identity" || value === "address") return value;
  if (typeof value === "object" && value !== null) {
    const { header } = checkOptions(`${whose} under traffic.fairness`, value, ["header"]);
    if (typeof header === "string" && headerPattern.test(header)) return { header: header.toLowerCase() };
    throw serviceInvalid(`The traffic.fairness.header of ${whose} is ${describe(header)}.`, 'Give the name of a header: "x-tenant".');
  }
  throw serviceInvalid(`The traffic.fairness of ${whose} is ${describe(value)}.`, 'Give "identity", "address", or { header: "x-tenant" }.');
}

function prioritiesOf(whose: string, value: unknown): Priorities | undefined {
  if (value === undefined || value === "header" || value === "identity") return value;
  throw serviceInvalid(`The traffic.priorities of ${whose} is ${describe(value)}.`, 'Give "header" or "identity".');
}
