import type { BentoError } from "@bento/core";
import type { ServiceSpec } from "@bento/sdk";
import { construct, resolveModels, workersOf } from "@bento/sdk/runtime";

import { availableCores } from "../devices/cores.js";
import { openSupply } from "../devices/supply.js";
import { documentApis } from "../docs/schema-document.js";
import type { AppOptions } from "../options.js";
import type { SharedPort } from "../shared-port/shared-port.js";
import { unlessAborted } from "../unless-aborted.js";
import { asksForDevices, planWorkers, type WorkersPlan } from "../workers/plan.js";
import { startPool } from "../workers/start-pool.js";
import type { StartedService } from "./executor.js";
import { hookTimes, runHooks } from "./hooks.js";
import { InProcessExecutor } from "./in-process.js";
import { outlineOf } from "./outline.js";

/** What the start of a service depends on besides its options. */
export interface StartParts {
  /** Milliseconds that workers get to finish. */
  readonly graceMs?: number | undefined;
  /** The port that workers take connections on by themselves, if they are to; `undefined`: nothing listens here. */
  readonly sharedPort?: SharedPort | undefined;
  /** Aborted when the start is to be given up. */
  readonly starting?: AbortSignal | undefined;
  /** Whether the workers are to be replaced whenever a file changes. @default false */
  readonly reload?: boolean | undefined;
  /** Whether the service may have processes of its own. @default true */
  readonly mayStartWorkers?: boolean | undefined;
  /** Told how the service is going to run. */
  readonly onPlan?: ((plan: WorkersPlan) => void) | undefined;
}

/** Starts a service where its plan says. */
export async function startExecutor(
  spec: ServiceSpec,
  options: AppOptions,
  { graceMs, sharedPort, starting, onPlan, reload, mayStartWorkers }: StartParts,
): Promise<StartedService> {
  const { logger } = options;
  const workers = workersOf(`serve() of ${spec.name}`, options.workers);
  const wishes = { ...options, workers, reload, mayStartWorkers };
  const supply = await openSupply(asksForDevices(spec, wishes));
  const cores = availableCores();
  const obstacleToSharing = sharedPort === undefined ? "this program listens on none." : (sharedPort.obstacle ?? obstacleOf(spec));
  const plan = planWorkers(spec, wishes, { cores, supply, obstacleToSharing });
  try {
    onPlan?.(plan);
    for (const note of plan.notes) logger?.warn({ service: spec.name }, note);
    if (plan.mode === "in-process") return await startService(spec, options, starting);
    const port = plan.mode === "shared-port" ? sharedPort : undefined;
    return await startPool({ spec, plan, options, cores, logger, graceMs, sharedPort: port, reload, starting });
  } catch (error) {
    plan.release();
    throw error;
  }
}

/** What is kept or gathered in one process, and connections come to any of those that share a port. */
function obstacleOf({ apis, traffic }: ServiceSpec): string | undefined {
  if (traffic.fairness !== undefined || traffic.priorities !== undefined)
    return "traffic.fairness and traffic.priorities need one line of all that wait.";
  const kept = apis.find(({ replay }) => replay !== undefined);
  if (kept) return `the replay of the api ${kept.name} needs all connections to come to one process.`;
  const gathered = apis.find(({ batch, continuous }) => batch !== undefined || continuous !== undefined);
  return gathered && `the api ${gathered.name} gathers the calls of all connections into batches.`;
}

/** An instance behind an executor: constructed, its models pinned, its hooks run. What a failing start opened is closed. */
async function startService(spec: ServiceSpec, options: AppOptions, starting: AbortSignal | undefined): Promise<StartedService> {
  const documents = await documentApis(spec);
  const { instance, binding, models } = construct(spec, { store: options.store });
  const onOverruled = (error: BentoError): void => options.logger?.warn({ service: spec.name, hint: error.hint }, error.message);
  await unlessAborted(resolveModels({ models, binding }), starting);
  const { startTimeoutMs: timeoutMs, shutdownTimeoutMs } = hookTimes(options);
  const run = { service: spec.name, binding, timeoutMs, starting, shutdownTimeoutMs };
  await runHooks("deployment", spec.deployment, { ...run, instance: undefined });
  const executor = await InProcessExecutor.open({ spec, instance, binding, documents, onOverruled }, shutdownTimeoutMs);
  try {
    await runHooks("startup", spec.startup, { ...run, instance });
  } catch (failure) {
    // The failure of the start is what there is to tell; what fails after it is its consequence.
    await executor.close().catch(() => undefined);
    throw failure;
  }
  return { executor, outline: outlineOf(spec, documents) };
}
