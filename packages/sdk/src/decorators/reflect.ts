/**
 * The one import of reflect-metadata. It gives `Reflect` the function that tsc's output looks for when
 * `emitDecoratorMetadata` is on, so it must run before any service class is defined: hence a side effect in package.json.
 * The `lite` build leaves out the polyfills for engines without Map and WeakMap.
 * @module
 */
// oxlint-disable-next-line import/no-unassigned-import -- it has no exports, only its effect on Reflect
import "reflect-metadata/lite";

/** What the compiler noted about a method. */
export interface DesignTypes {
  /** Constructors that stand for the parameters' types: `String`, `Number`, `Boolean`, `Object` ... */
  readonly parameters: readonly unknown[];
  /** The same for the result, where it was annotated. */
  readonly result: unknown;
}

/** What `emitDecoratorMetadata` noted about a method of exactly this prototype; undefined when nothing was noted. */
export function designTypes(prototype: object, member: string): DesignTypes | undefined {
  const parameters: unknown = Reflect.getOwnMetadata("design:paramtypes", prototype, member);
  if (!Array.isArray(parameters)) return undefined;
  return { parameters, result: Reflect.getOwnMetadata("design:returntype", prototype, member) as unknown };
}
