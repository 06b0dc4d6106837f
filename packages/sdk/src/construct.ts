import { BentoError } from "@bento/core";
import type { ModelStore } from "@bento/store";
import { type Binding, constructWithin, createBinding } from "./binding.js";
import { runWithContext } from "./context.js";
import type { ServiceClass } from "./decorators/service.js";
import type { Model } from "./model.js";
import { reachableModels, uniqueModels } from "./reachable-models.js";
import type { ServiceSpec } from "./spec.js";
import { specOf } from "./spec-of.js";

/** Where an instance's models are. */
export interface ConstructOptions {
  /** @default the file store of `BENTOML_HOME` */
  readonly store?: ModelStore | undefined;
}

/** A service instance before its start. */
export interface Constructed {
  readonly instance: object;
  /** What its hooks and calls run with: `runWithContext(ctx, binding, run)`. */
  readonly binding: Binding;
  /** The models it declares, each once. */
  readonly models: readonly Model[];
}

/**
 * Makes an instance of a service whose model references ask one store. Reads no model and runs no hook.
 *
 * Its models are the references made while it was constructed, wherever they are kept, and those that can be reached
 * from its fields and from static fields of its classes, also in arrays, plain objects, Maps and Sets. A reference that
 * only a module's code or a static accessor can see is not declared, and resolves on first use.
 * @param binding holds what its references are to find, where that is known before
 */
export function construct(spec: ServiceSpec, options: ConstructOptions = {}, binding: Binding = createBinding(options.store)): Constructed {
  const instance = constructWithin(binding, () => new spec.target());
  return { instance, binding, models: uniqueModels([...binding.made, ...reachableModels(instance, spec.target)]) };
}

/**
 * The models of a service that are known without making an instance: those in static fields of its classes, and all of
 * `defineService`.
 */
export function staticModels(spec: ServiceSpec): readonly Model[] {
  return uniqueModels(reachableModels(undefined, spec.target));
}

/**
 * Pins every model to one exact version, fetching what is missing and loading no content. Done before start-up hooks run.
 * @throws BENTO_MODEL_NOT_FOUND when one that is not optional cannot be had, naming all of them
 */
export async function resolveModels({ models, binding }: Pick<Constructed, "models" | "binding">): Promise<void> {
  const outcomes = await Promise.allSettled(models.map((model) => runWithContext(undefined, binding, () => model.resolve())));
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected" && !isForgiven(models[index], outcome.reason) ? [outcome.reason as unknown] : [],
  );
  if (failures.length < 2) {
    if (failures.length === 1) throw failures[0];
    return;
  }
  const other = failures.find((failure) => !BentoError.is(failure, "BENTO_MODEL_NOT_FOUND"));
  if (other !== undefined) throw other;
  throw new BentoError("BENTO_MODEL_NOT_FOUND", failures.map((failure) => BentoError.from(failure).message).join(" "), {
    hint: BentoError.from(failures[0]).hint,
    cause: new AggregateError(failures),
  });
}

/**
 * An instance of a service for a test or a script: `instantiate(Digits, { store })`. Its model references ask the store;
 * hooks do not run.
 * @throws BENTO_SERVICE_INVALID when the class is no service
 */
export function instantiate<C extends ServiceClass>(service: C, options: ConstructOptions = {}): InstanceType<C> {
  return construct(specOf(service), options).instance as InstanceType<C>;
}

function isForgiven(model: Model | undefined, failure: unknown): boolean {
  return model?.optional === true && BentoError.is(failure, "BENTO_MODEL_NOT_FOUND");
}
