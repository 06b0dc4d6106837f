/**
 * The one place that knows how decorators are called: as `(value, context)` by the standard, as
 * `(target, key, descriptor)` by `experimentalDecorators`.
 *
 * Node has no `Symbol.metadata` yet, and tsc's output then passes no metadata object at all; the line below is the
 * cure, and the reason why this file counts as a side effect in package.json.
 * @module
 */
import { serviceInvalid } from "../service-invalid.js";

const metadataSymbol: symbol = (Symbol as { metadata?: symbol }).metadata ?? Symbol.for("Symbol.metadata");
(Symbol as { metadata?: symbol }).metadata ??= metadataSymbol;

/** A class of either world. */
export type AnyClass = abstract new (...args: never) => object;

/** A decorated method, the same for both worlds. */
export interface MethodPlace {
  /** Its name; with the `#` where it is `#private`. */
  readonly name: string;
  readonly isStatic: boolean;
  readonly isPrivate: boolean;
  /** The function as this decorator sees it: decorators below may have wrapped it. */
  readonly method: (...args: never) => unknown;
  /** What records are kept on: the metadata object, or the prototype (the class for static methods) in the legacy world. */
  readonly holder: object;
  /** Reads the method from an instance; only the standard world can, and only `#private` methods need it. */
  readonly read: ((instance: object) => unknown) | undefined;
}

/** A decorated class, the same for both worlds. */
export interface ClassPlace {
  readonly target: AnyClass;
  /** The name in the source, which some compilers change in the class itself; absent in the legacy world. */
  readonly name: string | undefined;
}

interface StandardContext {
  readonly kind: string;
  readonly name: string | symbol | undefined;
  readonly static?: boolean;
  readonly private?: boolean;
  readonly access?: { get?: (instance: object) => unknown };
  readonly metadata?: object | undefined;
}

/** Reads the arguments of a method decorator. @throws BENTO_SERVICE_INVALID when what it decorates is no named method */
export function methodPlace(decorator: string, args: readonly unknown[]): MethodPlace {
  return isStandard(args) ? standardMethod(decorator, args[0], args[1]) : legacyMethod(decorator, args);
}

/** Reads the arguments of a class decorator. @throws BENTO_SERVICE_INVALID when what it decorates is no class */
export function classPlace(decorator: string, args: readonly unknown[]): ClassPlace {
  const [target, context] = args;
  const isClass = isStandard(args) ? args[1].kind === "class" : typeof target === "function" && context === undefined;
  if (!isClass) throw serviceInvalid(`@${decorator} stands before something that is no class.`, `Put @${decorator}() before the class.`);
  const name = isStandard(args) ? args[1].name : undefined;
  return { target: target as AnyClass, name: typeof name === "string" ? name : undefined };
}

/** Where a class keeps what its decorators recorded, without what it inherits. */
export function holdersOf(target: AnyClass): readonly object[] {
  const metadata: unknown = Object.getOwnPropertyDescriptor(target, metadataSymbol)?.value;
  const prototype = target.prototype as object;
  return typeof metadata === "object" && metadata !== null ? [metadata, prototype, target] : [prototype, target];
}

function isStandard(args: readonly unknown[]): args is readonly [unknown, StandardContext] {
  const context = args[1];
  return typeof context === "object" && context !== null && "kind" in context;
}

function standardMethod(decorator: string, value: unknown, context: StandardContext): MethodPlace {
  const { name, metadata, access } = context;
  if (context.kind !== "method" || typeof value !== "function") throw noMethod(decorator, name);
  if (typeof name !== "string") throw noName(decorator, name);
  if (typeof metadata !== "object" || metadata === null) {
    throw serviceInvalid(
      `@${decorator} on ${name} was given no metadata object by the compiler's output.`,
      "Import @bento/sdk before any other module that defines decorated classes, or update the compiler.",
    );
  }
  const isPrivate = context.private === true;
  return {
    name,
    isStatic: context.static === true,
    isPrivate,
    method: value as MethodPlace["method"],
    holder: metadata,
    read: isPrivate && access?.get !== undefined ? (instance) => access.get?.(instance) : undefined,
  };
}

function legacyMethod(decorator: string, args: readonly unknown[]): MethodPlace {
  const [target, name, descriptor] = args;
  const method: unknown = typeof descriptor === "object" && descriptor !== null ? (descriptor as PropertyDescriptor).value : undefined;
  if (typeof method !== "function" || (typeof target !== "object" && typeof target !== "function") || target === null) {
    throw noMethod(decorator, name);
  }
  if (typeof name !== "string") throw noName(decorator, name);
  return {
    name,
    isStatic: typeof target === "function",
    isPrivate: false,
    method: method as MethodPlace["method"],
    holder: target,
    read: undefined,
  };
}

function noMethod(decorator: string, name: unknown): Error {
  return serviceInvalid(
    `@${decorator} stands before ${typeof name === "string" || typeof name === "symbol" ? String(name) : "something"}, which is no method.`,
    `Put @${decorator}() before a method of the class; fields, accessors and functions cannot carry it.`,
  );
}

function noName(decorator: string, name: unknown): Error {
  return serviceInvalid(`@${decorator} stands before a method named by ${String(name)}.`, "Give the method a plain name.");
}
