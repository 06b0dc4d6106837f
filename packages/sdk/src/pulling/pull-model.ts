import { BentoError, type Tag } from "@bento/core";
import { type ModelStore, type StoredModel, withProcessLock } from "@bento/store";
import { join } from "node:path";
import { sizeText } from "./progress-text.js";
import { PullReport } from "./pull-report.js";
import type { PullWatch } from "./pull-watch.js";
import { openSource, type RegistrySource } from "./registry-source.js";

/** Where a model is to come to, and who looks on. */
export interface PullOptions {
  readonly store: ModelStore;
  readonly watch?: PullWatch | undefined;
  /** Its address in an OCI registry, if it does not come from the registry of models. */
  readonly from?: string | undefined;
}

/** Options of {@link pullMissing}. */
export interface MissingOptions extends PullOptions {
  /** Whether its service may do without the model: then it makes no difference why it cannot be had. */
  readonly optional: boolean;
}

/**
 * A model that the store does not have, from the registry: once for a machine, however many processes ask at once.
 * @throws BENTO_MODEL_NOT_FOUND when there is no registry, or it does not have the model; what the registry failed with
 */
export async function pullMissing(tag: Tag, options: MissingOptions): Promise<StoredModel> {
  const { store, watch = {}, optional } = options;
  const registry = await openSource(options.from);
  if (registry === undefined) throw nowhere(tag, store);
  try {
    await onceAtATime(tag, options, async () => {
      if (await has(store, tag)) return;
      // Nobody is to wait long for what may be left out.
      if (optional) await registry.find(tag, watch.signal);
      await pull(tag, registry, store, watch);
    });
    return await store.get(tag);
  } catch (error) {
    const failure = explained(tag, store, registry, error);
    if (!optional || !BentoError.is(failure) || failure.code === "BENTO_MODEL_NOT_FOUND" || isCalledOff(watch)) throw failure;
    watch.logger?.warn({ model: tag.toString(), err: failure }, `${failure.message} The service starts without it.`);
    throw new BentoError("BENTO_MODEL_NOT_FOUND", failure.message, { hint: failure.hint, cause: failure });
  }
}

/** As {@link pullNewest}; where that fails, and the store has some version, it is a warning. */
export async function pullNewestIfPossible(tag: Tag, options: PullOptions): Promise<void> {
  const { store, watch = {} } = options;
  try {
    await pullNewest(tag, options);
  } catch (error) {
    if (isCalledOff(watch) || !BentoError.is(error)) throw error;
    const kept = await found(store, tag);
    if (kept === undefined) throw error;
    watch.logger?.warn({ model: kept.tag.toString(), err: error }, `${error.message} What the store has is used: ${kept.tag}.`);
  }
}

/**
 * Sees to it that the store has what is the newest version in the registry, unless it has something newer.
 * @returns whether there is a registry to ask
 * @throws BENTO_MODEL_NOT_FOUND when the registry does not have the model; what the registry failed with
 */
export async function pullNewest(tag: Tag, options: PullOptions): Promise<boolean> {
  const { store, watch = {} } = options;
  const registry = await openSource(options.from);
  if (registry === undefined) return false;
  try {
    const latest = tag.withVersion("latest");
    const { tag: newest, creationTime } = await registry.find(latest, watch.signal);
    const kept = await found(store, latest);
    const isOlder = kept !== undefined && creationTime !== undefined && creationTime < kept.info.creationTime;
    if (isOlder || (await has(store, newest))) return true;
    await onceAtATime(newest, options, async () => {
      if (!(await has(store, newest))) await pull(newest, registry, store, watch);
    });
    return true;
  } catch (error) {
    // Nobody says that the store does not have it.
    if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND")) throw unknownThere(tag, registry, error);
    throw explained(tag, store, registry, error);
  }
}

/** The name alone counts: who wants the newest version and who wants that very one by its name want the same. */
function onceAtATime<T>({ name }: Tag, { store, watch = {} }: PullOptions, work: () => Promise<T>): Promise<T> {
  return withProcessLock(join(store.location, "tmp", "pulls", `${name}.lock`), work, {
    signal: watch.signal,
    onWait: (holder) => {
      const who = holder === undefined ? "Another process" : `Process ${holder.pid}`;
      watch.logger?.info({ model: name, pid: holder?.pid }, `${who} is pulling ${name} already: what it gets is used here, too`);
    },
  });
}

async function found(store: ModelStore, tag: Tag): Promise<StoredModel | undefined> {
  try {
    return await store.get(tag);
  } catch (error) {
    if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function has(store: ModelStore, tag: Tag): Promise<boolean> {
  return (await found(store, tag)) !== undefined;
}

function isCalledOff({ signal }: PullWatch): boolean {
  return signal?.aborted === true;
}

async function pull(tag: Tag, registry: RegistrySource, store: ModelStore, watch: PullWatch): Promise<void> {
  const label = `${tag} from ${registry.place}`;
  const startedAt = performance.now();
  watch.logger?.info({ model: tag.toString(), registry: registry.place }, `Pulling ${label}`);
  let bytes = 0;
  const transfer = registry.pull(tag, store, watch.signal);
  {
    using report = new PullReport(label, watch);
    for await (const progress of transfer) {
      ({ bytes } = progress);
      report.update(progress);
    }
  }
  const { model, verified } = await transfer;
  const seconds = (performance.now() - startedAt) / 1000;
  const proof = verified === "unverified" ? "nothing says what its files must be" : `verified by its ${verified}`;
  const fields = { model: model.tag.toString(), registry: registry.place, bytes, seconds: Number(seconds.toFixed(3)), verified };
  watch.logger?.info(fields, `Pulled ${model.tag} from ${registry.place}: ${sizeText(bytes)} in ${seconds.toFixed(1)} s, ${proof}`);
}

function nowhere(tag: Tag, store: ModelStore): BentoError {
  const model = JSON.stringify(tag.toString());
  const message = `The model ${model} is not in the model store ${store.location}, and no registry is set up to pull it from.`;
  return new BentoError("BENTO_MODEL_NOT_FOUND", message, {
    hint: "Save it first, or name a registry that has it: `bento cloud login --endpoint URL --api-token TOKEN`, or BENTO_CLOUD_API_ENDPOINT and BENTO_CLOUD_API_KEY.",
  });
}

function unknownThere(tag: Tag, { place }: RegistrySource, cause: unknown): BentoError {
  const message = `The registry ${place} does not have the model ${JSON.stringify(tag.toString())}.`;
  return new BentoError("BENTO_MODEL_NOT_FOUND", message, { hint: `Push it there: \`bento models push ${tag.name}\`.`, cause });
}

/** Says which model and which registry a failure is about, and what to do next. */
function explained(tag: Tag, store: ModelStore, { place }: RegistrySource, cause: unknown): unknown {
  if (!BentoError.is(cause) || BentoError.is(cause, "BENTO_CANCELLED")) return cause;
  const model = JSON.stringify(tag.toString());
  if (cause.code === "BENTO_MODEL_NOT_FOUND") {
    return new BentoError(
      "BENTO_MODEL_NOT_FOUND",
      `The model ${model} is neither in the model store ${store.location} nor in the registry ${place}.`,
      {
        hint: `Save it, or push it from where it is: \`bento models push ${tag}\`. What the registry has: \`bento models list --remote\`.`,
        cause,
      },
    );
  }
  return new BentoError(cause.code, `The model ${model} could not be pulled from the registry ${place}: ${cause.message}`, {
    hint: cause.hint ?? "Try again, or save the model in the store by other means: what is there needs no registry.",
    cause,
  });
}
