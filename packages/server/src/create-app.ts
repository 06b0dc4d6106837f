import type { ServiceDocument } from "@bento/client";
import type { ServiceClass, ServiceSpec } from "@bento/sdk";
import { construct, resolveModels, specOf } from "@bento/sdk/runtime";

import { BentoApp } from "./bento-app.js";
import { documentApis, schemaDocument } from "./docs/schema-document.js";
import { runHooks } from "./executor/hooks.js";
import { type ApiDocument, InProcessExecutor } from "./executor/in-process.js";
import { Admission } from "./http/admission.js";
import { makeAuthenticator } from "./http/auth.js";
import { defaultMaxBodyBytes } from "./http/body-limit.js";
import { Deadlines } from "./http/deadlines.js";
import type { Guard } from "./http/host-guard.js";
import { logFailure } from "./http/log.js";
import { Metrics } from "./http/metrics.js";
import { Pipeline } from "./http/pipeline.js";
import { type AppOptions, checkInteger } from "./options.js";
import { addRoutes } from "./routes.js";

/**
 * A service as a Hono app, ready to be called: models pinned, start-up hooks run.
 *
 * Touches no environment, listens to nothing and is silent unless it is given a `logger`.
 *
 * ```ts
 * await using app = await createApp(Digits, { store });
 * const response = await app.request("/classify", { method: "POST", body: JSON.stringify({ images }) });
 * ```
 * @throws BENTO_SERVICE_INVALID when the class is no service, or a hook of its start fails
 * @throws BENTO_MODEL_NOT_FOUND when a declared model cannot be had
 * @throws BENTO_CONFIG_INVALID for options that cannot work
 */
export function createApp<S extends object>(service: ServiceClass<S>, options: AppOptions = {}): Promise<BentoApp<S>> {
  return buildApp(service, options, {});
}

/** What `serve()` adds to an app. */
export interface ListenerParts {
  readonly guard?: Guard;
  /** Whether the server is draining. */
  readonly isDraining?: () => boolean;
}

/** {@link createApp}, with what only a listening server has. */
export async function buildApp<S extends object>(
  service: ServiceClass<S>,
  options: AppOptions,
  { guard, isDraining = () => false }: ListenerParts,
): Promise<BentoApp<S>> {
  const spec = specOf(service);
  const { logger, version = "not available", accessLog = false } = options;
  const maxBodyBytes = checkInteger("maxBodyBytes", options.maxBodyBytes ?? defaultMaxBodyBytes, 0, Number.MAX_SAFE_INTEGER);
  const authenticate = options.auth && makeAuthenticator(options.auth);
  const documents = await documentApis(spec);
  const metrics = options.metrics === false ? undefined : new Metrics({ service: spec.name, version });
  const deadlines = new Deadlines(spec.traffic.timeoutMs);
  const pipeline = new Pipeline({ service: spec.name, metrics, authenticate, guard, deadlines, logger, accessLog });
  const executor = await startService(spec, documents, options.store);
  addRoutes(pipeline, {
    spec,
    documents,
    metrics,
    version,
    hasAuth: authenticate !== undefined,
    hasDocs: options.docs !== false,
    isReady: () => executor.isReady && !isDraining(),
    endpoints: {
      executor,
      maxBodyBytes,
      admission: new Admission(spec.traffic.maxConcurrency),
      deadlines,
      onLateError: (call, error) => logger && logFailure(logger, call, error),
    },
  });
  return new BentoApp<S>({
    spec,
    pipeline,
    executor,
    metrics,
    cors: options.cors ?? false,
    document: schemaDocument(spec, documents) as ServiceDocument,
    isClosing: isDraining,
  });
}

/** An instance behind an executor: constructed, its models pinned, its hooks run. What a failing start opened is closed. */
async function startService(
  spec: ServiceSpec,
  documents: ReadonlyMap<string, ApiDocument>,
  store: AppOptions["store"],
): Promise<InProcessExecutor> {
  const { instance, binding, models } = construct(spec, { store });
  await resolveModels({ models, binding });
  await runHooks(spec.name, "deployment", spec.deployment, undefined, binding);
  const executor = new InProcessExecutor({ spec, instance, binding, documents });
  try {
    await runHooks(spec.name, "startup", spec.startup, instance, binding);
  } catch (failure) {
    // The failure of the start is what there is to tell; what fails after it is its consequence.
    await executor.close().catch(() => undefined);
    throw failure;
  }
  return executor;
}
