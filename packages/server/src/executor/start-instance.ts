import type { BentoError } from "@bento/core";
import type { ServiceSpec } from "@bento/sdk";
import { type Binding, construct, resolveModels } from "@bento/sdk/runtime";

import type { AppOptions } from "../options.js";
import { unlessAborted } from "../unless-aborted.js";
import type { Addresses } from "../workers/messages.js";
import { modelAddresses, modelTags } from "../workers/model-cells.js";
import { hookTimes, runHooks } from "./hooks.js";
import { type ApiDocument, InProcessExecutor } from "./in-process.js";

/** What an instance in this process starts with. */
export interface InstanceParts {
  readonly documents: ReadonlyMap<string, ApiDocument>;
  /** Where its models are; holds those that are known before. */
  readonly binding: Binding;
  /** Whether it takes the place of another one: then the service is deployed already. @default false */
  readonly isSuccessor?: boolean;
  /** Aborted when the start is to be given up. */
  readonly starting?: AbortSignal | undefined;
}

/** An instance that calls may be given to. */
export interface StartedInstance {
  readonly executor: InProcessExecutor;
  readonly binding: Binding;
  /** The models of the model store that it declares, as they are asked for. */
  readonly tags: readonly string[];
  /** Where those of them are that come from OCI registries. */
  readonly addresses: Addresses;
}

/** An instance behind an executor: constructed, its models pinned, its hooks run. What a failing start opened is closed. */
export async function startInstance(spec: ServiceSpec, options: AppOptions, parts: InstanceParts): Promise<StartedInstance> {
  const { documents, binding, isSuccessor = false, starting } = parts;
  const { instance, models } = construct(spec, { store: options.store }, binding);
  const onOverruled = (error: BentoError): void => options.logger?.warn({ service: spec.name, hint: error.hint }, error.message);
  await unlessAborted(resolveModels({ models, binding }), starting);
  const { startTimeoutMs: timeoutMs, shutdownTimeoutMs } = hookTimes(options);
  const run = { service: spec.name, binding, timeoutMs, starting, shutdownTimeoutMs };
  if (!isSuccessor) await runHooks("deployment", spec.deployment, { ...run, instance: undefined });
  const executor = await InProcessExecutor.open({ spec, instance, binding, documents, onOverruled }, shutdownTimeoutMs);
  try {
    await runHooks("startup", spec.startup, { ...run, instance });
  } catch (failure) {
    // The failure of the start is what there is to tell; what fails after it is its consequence.
    await executor.close().catch(() => undefined);
    throw failure;
  }
  return { executor, binding, tags: modelTags(models), addresses: modelAddresses(models) };
}
