/**
 * The one place that knows reflect-metadata.
 *
 * It gives `Reflect` the function that tsc's output looks for when `emitDecoratorMetadata` is on. That output asks for it
 * after the decorator factories above a method were called, so a factory that will need it may load it just then, and
 * services with schemas never do. The `lite` build leaves out the polyfills for engines without Map and WeakMap.
 * @module
 */
import { createRequire } from "node:module";

/** What reflect-metadata adds to `Reflect`. */
interface MetadataReflect {
  readonly metadata?: unknown;
  readonly getOwnMetadata?: (key: string, target: object, member: string) => unknown;
}

/** What the compiler noted about a method. */
export interface DesignTypes {
  /** Constructors that stand for the parameters' types: `String`, `Number`, `Boolean`, `Object` ... */
  readonly parameters: readonly unknown[];
  /** The same for the result, where it was annotated. */
  readonly result: unknown;
}

const require = createRequire(import.meta.url);

/** Makes the compiler's output note types from here on; to be called before the method's own metadata is emitted. */
export function noteDesignTypes(): void {
  if ((Reflect as MetadataReflect).metadata !== undefined) return;
  try {
    // oxlint-disable-next-line import/no-unassigned-import -- it has no exports, only its effect on Reflect
    require("reflect-metadata/lite");
  } catch {
    // In a bundle that left it out there are no types to read; an api that needs them says what to add.
  }
}

/** What `emitDecoratorMetadata` noted about a method of exactly this prototype; undefined when nothing was noted. */
export function designTypes(prototype: object, member: string): DesignTypes | undefined {
  const { getOwnMetadata } = Reflect as MetadataReflect;
  const parameters = getOwnMetadata?.("design:paramtypes", prototype, member);
  if (!Array.isArray(parameters)) return undefined;
  return { parameters, result: getOwnMetadata?.("design:returntype", prototype, member) };
}
