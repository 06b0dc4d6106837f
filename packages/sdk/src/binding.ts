import type { ModelStore } from "@bento/store";
import type { Model } from "./model.js";
import type { PullWatch } from "./pulling/pull-watch.js";

/** What one model reference resolved to: a value once it is there, a promise while it is fetched. */
export interface Cell {
  value: { readonly of: unknown } | undefined;
  pending: Promise<unknown> | undefined;
}

/**
 * Where the model references of one service instance look, and what they found.
 *
 * Plain data that only grows by known names, because the references of one copy of the package may live in a binding
 * made by another copy.
 */
export interface Binding {
  /** Absent for the file store of `BENTOML_HOME`, which is then loaded at first use. */
  readonly store: ModelStore | undefined;
  /** By reference key, so that equal references of one instance are one model. */
  readonly cells: Map<string, Cell>;
  /** By reference key, what a reference is held to that others resolved before: see `Model.findPin`. */
  readonly pins?: Map<string, string>;
  /** References made while the instance was constructed, in that order. */
  readonly made: Model[];
  /** Who is told of models that are fetched. */
  readonly watch?: PullWatch | undefined;
}

const key = Symbol.for("bento.binding");
const shared = globalThis as { [key]?: Binding | undefined };

/** A fresh binding to a store. */
export function createBinding(store: ModelStore | undefined, watch?: PullWatch): Binding {
  return { store, cells: new Map(), pins: new Map(), made: [], watch };
}

/** The binding of the construction that is running. */
export function constructionBinding(): Binding | undefined {
  return shared[key];
}

/** Runs a constructor so that every reference made meanwhile keeps the binding. */
export function constructWithin<T>(binding: Binding, make: () => T): T {
  const outer = shared[key];
  shared[key] = binding;
  try {
    return make();
  } finally {
    shared[key] = outer;
  }
}
