import { BentoError } from "@bento/core";
import type { ModelStore } from "@bento/store";
import { type Binding, type Cell, constructionBinding } from "./binding.js";
import { runningBinding } from "./context.js";
import { defaultStore, defaultStoreSync } from "./default-store.js";
import type { PullWatch } from "./pulling/pull-watch.js";
import { serviceInvalid } from "./service-invalid.js";

const brand: unique symbol = Symbol.for("bento.model") as never;

/** Options that every model reference takes. */
export interface ModelOptions {
  /** Whether a service may start without the model. @default false */
  readonly optional?: boolean | undefined;
}

/** Where a reference looks for its model. */
export interface ModelSource {
  readonly store: ModelStore;
  /** Who is told of what is fetched, and may call it off. */
  readonly watch?: PullWatch | undefined;
  /** What {@link Model.findPin} gave to whoever resolved the reference first, in this process or another; it holds for all. */
  readonly pin?: string | undefined;
}

/** A reference as `bento.yaml` lists it under `models`, in BentoML's own names. */
export interface ModelReferenceInfo {
  /** `name:version` of the exact model. */
  readonly tag: string;
  /** What made the model; null when it is unknown. */
  readonly module: string | null;
  readonly creation_time: Date;
  /** Another name for the model within the bento. */
  readonly alias?: string;
  /** Where it comes from: `bentoml` for model stores. */
  readonly registry: string;
  /** What the registry needs to find it again. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** The body that registers a model with a registry, in BentoML's own names. Metadata is passed on as it is. */
export interface CreateModelSchema {
  readonly description: string;
  readonly version: string;
  /** UTC, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly build_at: string;
  readonly labels: readonly { readonly key: string; readonly value: string }[];
  readonly manifest: Readonly<Record<string, unknown>>;
}

/**
 * A reference to a model that is had later: the base of `BentoModel`, and of your own for other places.
 *
 * Making one costs nothing and reads nothing. The first use resolves it, once for the life of the service instance.
 * Equal references of one instance, those with one {@link Model.key}, are one model. A reference made while a service
 * is constructed belongs to that instance; one made elsewhere (static, module level) belongs to the instance whose
 * call or hook uses it, and outside of all calls to itself and the file store of `BENTOML_HOME`.
 *
 * A subclass gives `key`, `load`, `toInfo` and `toCreateSchema`, `loadSync` where it can, and a static `fromInfo`.
 * @typeParam T what it resolves to
 */
export abstract class Model<T = unknown> {
  readonly optional: boolean;
  readonly #binding: Binding | undefined = constructionBinding();
  /** Used only outside of every binding. */
  readonly #ownCell: Cell = { value: undefined, pending: undefined };

  constructor(options: ModelOptions = {}) {
    this.optional = options.optional ?? false;
    this.#binding?.made.push(this);
  }

  get [brand](): true {
    return true;
  }

  /** Whether a value is a model reference, of this or another copy of the package. */
  static is(value: unknown): value is Model {
    return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  /** The reference that an entry of `bento.yaml` stands for. @throws BENTO_SERVICE_INVALID unless a subclass gives it */
  static fromInfo(info: ModelReferenceInfo): Model {
    throw serviceInvalid(
      `${this.name} cannot be made from ${JSON.stringify(info.tag)}.`,
      "Give the class a `static fromInfo(info)`, or call that of BentoModel.",
    );
  }

  /** What the reference points at, as text. It starts with the kind of place, so that no two kinds are ever equal. */
  abstract get key(): string;

  /** The exact model as `bento.yaml` lists it; resolves the reference. */
  abstract toInfo(alias?: string): Promise<ModelReferenceInfo>;

  /** The body that registers the exact model with a registry; resolves the reference. */
  abstract toCreateSchema(): Promise<CreateModelSchema>;

  /** Gets the model, wherever it has to come from. Called once for each binding, however many ask. */
  protected abstract load(source: ModelSource): Promise<T>;

  /** Gets the model if that takes no waiting. @throws BENTO_MODEL_NOT_FOUND */
  protected loadSync(_source: ModelSource): T {
    throw new BentoError("BENTO_MODEL_NOT_FOUND", `The model ${this.key} is not there yet, and this kind cannot be had without waiting.`, {
      hint: waysOut,
    });
  }

  /**
   * What the reference means now, as text that another process can `load` the very same model by: workers of one server
   * that start at different times serve the same. A kind whose key says that already need not give it.
   */
  async findPin(_options: { readonly signal?: AbortSignal | undefined } = {}): Promise<string | undefined> {
    return undefined;
  }

  /** Whether another reference points at the same model. */
  equals(other: unknown): boolean {
    return Model.is(other) && other.key === this.key;
  }

  /**
   * The model, fetched if need be; the same one ever after. A failure is not kept, so that a later call tries again.
   * @param options `signal` stops this caller's wait; the fetch goes on for others
   * @throws BENTO_MODEL_NOT_FOUND
   */
  async resolve(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<T> {
    options.signal?.throwIfAborted();
    const { cell, ...source } = this.#place();
    if (cell.value !== undefined) return cell.value.of as T;
    cell.pending ??= this.#fetch(cell, source);
    const pending = cell.pending as Promise<T>;
    return options.signal === undefined ? pending : abortable(pending, options.signal);
  }

  /** The model without waiting. @throws BENTO_MODEL_NOT_FOUND when it is not at hand */
  protected resolveSync(): T {
    const { cell, store, pin } = this.#place();
    cell.value ??= { of: this.loadSync({ store: store ?? defaultStoreSync(), pin }) };
    return cell.value.of as T;
  }

  /** What the reference resolved to, if it has. */
  protected get resolved(): T | undefined {
    return this.#place().cell.value?.of as T | undefined;
  }

  /** What the reference is held to, if anything. */
  protected get pin(): string | undefined {
    return this.#place().pin;
  }

  async #fetch(cell: Cell, source: Omit<Place, "cell">): Promise<T> {
    try {
      const loaded = await this.load({ ...source, store: source.store ?? (await defaultStore()) });
      // A synchronous access may have been first; whoever asks next must get what it got.
      cell.value ??= { of: loaded };
      return cell.value.of as T;
    } finally {
      cell.pending = undefined;
    }
  }

  #place(): Place {
    const binding = this.#binding ?? runningBinding();
    if (binding === undefined) return { cell: this.#ownCell, store: undefined };
    const key = this.key;
    let cell = binding.cells.get(key);
    if (cell === undefined) binding.cells.set(key, (cell = { value: undefined, pending: undefined }));
    return { cell, store: binding.store, watch: binding.watch, pin: binding.pins?.get(key) };
  }
}

/** What a reference has found, and where it looks. */
interface Place extends Omit<ModelSource, "store"> {
  readonly cell: Cell;
  readonly store: ModelStore | undefined;
}

/** The two ways to a model that synchronous access did not find. */
export const waysOut =
  "Call `await this.model.resolve()` before using it, or declare it as a field of the service, so that it is there before the start-up hooks run.";

async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = withReject();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function withReject(): { readonly promise: Promise<never>; readonly reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_resolve, rejectPromise) => (reject = rejectPromise));
  return { promise, reject };
}
