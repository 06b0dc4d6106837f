import type { ServiceClass, ServiceSpec } from "@bento/sdk";
import { followOf, type FollowSpec, specOf } from "@bento/sdk/runtime";

import type { BentoAppParts, DoorParts, prepareParts } from "./app-parts.js";
import type { BentoApp } from "./bento-app.js";
import { documentApis } from "./docs/schema-document.js";
import { inertExecutor, inertService } from "./entry/inert.js";
import { loadTarget } from "./entry/load-target.js";
import { isQuietLoad, quietLoad } from "./entry/quiet-load.js";
import type { Executor, StartedService } from "./executor/executor.js";
import { outlineOf } from "./executor/outline.js";
import { startExecutor, type StartParts } from "./executor/start-executor.js";
import type { AppOptions } from "./options.js";
import { limitedBy } from "./spec-overrides.js";

/**
 * A service as a Hono app, ready to be called: models pinned, start-up hooks run.
 *
 * Touches no environment, listens to nothing and is silent unless it is given a `logger`.
 *
 * ```ts
 * await using app = await createApp(Digits, { store });
 * const response = await app.request("/classify", { method: "POST", body: JSON.stringify({ images }) });
 * ```
 *
 * A service can also be named by its file, as `serve("./service.ts:Digits")` does.
 * @throws BENTO_ENTRY_INVALID for a file that is not there, does not compile, or holds no such service
 * @throws BENTO_SERVICE_INVALID when the class is no service, or a hook of its start fails
 * @throws BENTO_MODEL_NOT_FOUND when a declared model cannot be had
 * @throws BENTO_CONFIG_INVALID for options that cannot work
 */
export function createApp<S extends object>(service: ServiceClass<S>, options?: AppOptions): Promise<BentoApp<S>>;
export function createApp<S extends object = object>(target: string, options?: AppOptions): Promise<BentoApp<S>>;
export async function createApp<S extends object>(what: ServiceClass<S> | string, options: AppOptions = {}): Promise<BentoApp<S>> {
  // Whatever it says of workers and GPUs, a service runs in the program that creates it, unless that asks for workers.
  const mayStartWorkers = options.workers !== undefined || options.entry !== undefined;
  if (typeof what !== "string") return appOf(what, options, mayStartWorkers);
  if (quietLoad() !== undefined) return appOf(inertService as unknown as ServiceClass<S>, options, mayStartWorkers);
  const { service, entry } = await loadTarget(what);
  return appOf(service as ServiceClass<S>, { ...options, entry }, mayStartWorkers);
}

async function appOf<S extends object>(service: ServiceClass<S>, options: AppOptions, mayStartWorkers: boolean): Promise<BentoApp<S>> {
  return appOver<S>(await startParts(service, options, isQuietLoad(service) ? { executor: inertExecutor } : { mayStartWorkers }));
}

/** What `serve()` adds to an app. */
export interface ListenerParts extends DoorParts, Omit<StartParts, "prepare"> {
  /** Takes the calls, in place of what the service would be started in. */
  readonly executor?: Executor;
}

/** What an app is made of: its service has started, and its routes are there. */
export async function startParts(service: ServiceClass, options: AppOptions, parts: ListenerParts): Promise<BentoAppParts> {
  const spec = followingAs(limitedBy(specOf(service), options.timeout), options.follow);
  let preparing: ReturnType<typeof prepare> | undefined;
  const prepared = (): ReturnType<typeof prepare> => (preparing ??= prepare(spec, options, parts));
  const started = await (parts.executor === undefined
    ? startExecutor(spec, options, { ...parts, prepare: prepared })
    : given(parts.executor, spec));
  try {
    const made = (await prepared())(started);
    return spec.follow === undefined || parts.executor !== undefined ? made : await following(made, spec.follow, options);
  } catch (error) {
    await started.executor.close();
    throw error;
  }
}

/** Loads what follows models, of which most services have no use. */
async function following(made: BentoAppParts, follow: FollowSpec, { store, logger }: AppOptions): Promise<BentoAppParts> {
  const { followLatest } = await import("./follow/follow-latest.js");
  const { spec, executor, onReload: onRenewed } = made;
  return { ...made, following: await followLatest({ service: spec.name, executor, follow, store, logger, onRenewed }) };
}

/** A service that follows other models than it says itself, where that is asked for. */
function followingAs(spec: ServiceSpec, follow: AppOptions["follow"]): ServiceSpec {
  return follow === undefined ? spec : { ...spec, follow: followOf(`serve() of ${spec.name}`, follow) };
}

/** Loads what answers, and makes it ready. */
async function prepare(...parts: Parameters<typeof prepareParts>): ReturnType<typeof prepareParts> {
  const answering = await import("./answering.js");
  return answering.prepareParts(...parts);
}

async function given(executor: Executor, spec: ServiceSpec): Promise<StartedService> {
  return { executor, outline: outlineOf(spec, await documentApis(spec)) };
}

/** The app over its parts. Hono is loaded now: before, every worker would have started later for it. */
export async function appOver<S extends object>(parts: BentoAppParts): Promise<BentoApp<S>> {
  const { BentoApp: App } = await import("./bento-app.js");
  return new App<S>(parts);
}
