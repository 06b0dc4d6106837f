import type { AnyClass, MethodPlace } from "./decorators/mode.js";
import { type MemberRecord, memberRecords, type MemberRole } from "./decorators/record.js";

/** A recorded member as the most derived class has it. */
export interface Member extends MemberRecord {
  /** The class whose decorator recorded it, which is where the compiler's metadata is. */
  readonly owner: AnyClass;
}

/** The classes of a service, the most basic first. */
export function lineage(target: AnyClass): readonly AnyClass[] {
  const classes: AnyClass[] = [];
  for (let at: unknown = target; typeof at === "function" && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    classes.unshift(at as AnyClass);
  }
  return classes;
}

/**
 * The members of a class with a given role, those of a superclass first, then in order of declaration.
 *
 * A method that is overridden keeps its place. An override without the decorator has no role any more, as in Python;
 * `#private` methods cannot be overridden, so each class keeps its own.
 */
export function membersOf(target: AnyClass, role: MemberRole): readonly Member[] {
  const members = new Map<unknown, Member>();
  for (const owner of lineage(target)) {
    const recorded = memberRecords(owner).filter((record) => record.role === role);
    const kept = new Set(recorded.map((record) => record.name));
    const place = role === "deployment" ? owner : (owner.prototype as object);
    for (const name of Object.getOwnPropertyNames(place)) if (!kept.has(name)) members.delete(name);
    for (const record of recorded) members.set(record.isPrivate ? record.method : record.name, { ...record, owner });
  }
  return [...members.values()];
}

/** Names of the methods that an instance has from its classes, without the constructor and Object's own. */
export function methodNames(target: AnyClass): readonly string[] {
  const names = lineage(target).flatMap((owner) =>
    Object.entries(Object.getOwnPropertyDescriptors(owner.prototype as object))
      .filter(([name, { value }]) => name !== "constructor" && typeof value === "function")
      .map(([name]) => name),
  );
  return [...new Set(names)].toSorted();
}

/** Whether a function is a generator, asynchronous or not. Compilers that lower it make it a plain function, which cannot be told. */
export function isGenerator(method: MethodPlace["method"]): boolean {
  const kind: unknown = (method as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  return kind === "AsyncGeneratorFunction" || kind === "GeneratorFunction";
}
