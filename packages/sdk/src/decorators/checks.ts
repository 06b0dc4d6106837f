import type { InstanceTarget, MethodContext } from "../api-types.js";
import { methodPlace } from "./mode.js";
import { recordMember } from "./record.js";

/** Says how the service is: `false`, or whatever it throws, is bad news. */
export type Check = () => boolean | Promise<boolean>;

/** Makes the text that `/metrics` answers of the text that the server has made. */
export type MetricsHook = (text: string) => string | Promise<string>;

/** {@link readiness} and {@link liveness} as both decorator worlds call them. */
export interface CheckDecorator {
  (method: Check, context: MethodContext<false>): void;
  <M extends Check>(target: InstanceTarget, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/** {@link metrics} as both decorator worlds call it. */
export interface MetricsDecorator {
  (method: MetricsHook, context: MethodContext<false>): void;
  <M extends MetricsHook>(target: InstanceTarget, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/**
 * Asks a method whenever somebody asks `/readyz`, while the server itself could answer calls: `false` makes it 503, so
 * that an orchestrator sends requests elsewhere. Calls that come all the same are answered. Of several such methods all
 * must agree. What takes longer than 5 seconds, or throws, counts as `false`.
 */
export function readiness(): CheckDecorator {
  return (...args: readonly unknown[]): void => recordMember("readiness", methodPlace("readiness", args), undefined);
}

/**
 * Asks a method whenever somebody asks `/livez` or `/healthz`: `false` makes it 503, so that an orchestrator starts the
 * service anew. Otherwise as {@link readiness}.
 */
export function liveness(): CheckDecorator {
  return (...args: readonly unknown[]): void => recordMember("liveness", methodPlace("liveness", args), undefined);
}

/**
 * Gives a method the text of `/metrics`, and answers what it returns: all of it, so add to the text what it is to have
 * besides. For plain numbers there are `counter`, `gauge` and `histogram`.
 */
export function metrics(): MetricsDecorator {
  return (...args: readonly unknown[]): void => recordMember("metrics", methodPlace("metrics", args), undefined);
}
