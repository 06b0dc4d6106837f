import type { InstanceTarget, MethodContext } from "../api-types.js";
import { capital } from "../service-invalid.js";
import { methodPlace } from "./mode.js";
import { recordMember } from "./record.js";

/** A lifecycle hook: takes nothing, may return a promise. */
export type Hook = () => unknown;

/** {@link onStartup} and {@link onShutdown} as both decorator worlds call them. */
export interface HookDecorator {
  (method: Hook, context: MethodContext<false>): void;
  <M extends Hook>(target: InstanceTarget, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/** {@link onDeployment} as both decorator worlds call it. */
export interface StaticHookDecorator {
  (method: Hook, context: MethodContext<true>): void;
  // A static member's target is the class itself, which is what `prototype` tells from an instance's.
  <M extends Hook>(target: { readonly prototype: object }, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/**
 * Runs a method after construction and before the first request: the place to load models. It is awaited.
 * Hooks run one after the other, those of a superclass first, then in order of declaration. Make them `protected`,
 * `private` or, with standard decorators, `#private`, so that no client offers them.
 */
export function onStartup(): HookDecorator {
  return hook("startup");
}

/**
 * Runs a method after the last request, and also when a start-up hook failed, so that what the hooks before it opened is
 * closed; it must cope with what is not there yet. It is awaited.
 * The order is that of {@link onStartup} reversed, so that what was opened first is closed last.
 */
export function onShutdown(): HookDecorator {
  return hook("shutdown");
}

/**
 * Runs a static method once in the process that starts the service: its models are there, no start-up hook has run yet,
 * and however many workers follow it runs no second time. It is awaited.
 */
export function onDeployment(): StaticHookDecorator {
  return hook("deployment");
}

function hook(role: "startup" | "shutdown" | "deployment") {
  return (...args: readonly unknown[]): void => recordMember(role, methodPlace(`on${capital(role)}`, args), undefined);
}
