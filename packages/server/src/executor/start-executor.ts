import { BentoError } from "@bento/core";
import type { PullWatch, ServiceSpec } from "@bento/sdk";
import { createBinding, workersOf } from "@bento/sdk/runtime";

import { availableCores } from "../devices/cores.js";
import { openSupply } from "../devices/supply.js";
import { documentApis } from "../docs/schema-document.js";
import type { AppOptions } from "../options.js";
import type { SharedPort } from "../shared-port/shared-port.js";
import { asksForDevices, planWorkers, type WorkersPlan } from "../workers/plan.js";
import { startPool } from "../workers/start-pool.js";
import type { StartedService } from "./executor.js";
import { outlineOf } from "./outline.js";
import { startInstance } from "./start-instance.js";

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
  /** Whether a bar may show on stderr how far models are that are fetched. @default false */
  readonly showsBar?: boolean | undefined;
  /**
   * Makes what is to answer, and tells wrong options: to be called once workers are on their way, but before anything of the
   * service's own runs in this process.
   */
  readonly prepare: () => Promise<unknown>;
  /** Told how the service is going to run. */
  readonly onPlan?: ((plan: WorkersPlan) => void) | undefined;
}

/** Starts a service where its plan says. */
export async function startExecutor(
  spec: ServiceSpec,
  options: AppOptions,
  { graceMs, sharedPort, starting, prepare, onPlan, reload = false, mayStartWorkers, showsBar }: StartParts,
): Promise<StartedService> {
  const { logger } = options;
  const workers = workersOf(`serve() of ${spec.name}`, options.workers);
  const wishes = { ...options, workers, reload: reload || mustRunApart(spec), mayStartWorkers };
  const supply = await openSupply(asksForDevices(spec, wishes));
  const cores = availableCores();
  const obstacleToSharing = sharedPort === undefined ? "this program listens on none." : (sharedPort.obstacle ?? obstacleOf(spec));
  const plan = planWorkers(spec, wishes, { cores, supply, obstacleToSharing });
  const watch = { signal: starting, logger, showsBar };
  try {
    checkFollowing(spec, options, plan.mode);
    onPlan?.(plan);
    for (const note of plan.notes) logger?.warn({ service: spec.name }, note);
    if (plan.mode === "in-process") {
      await prepare();
      return await startService(spec, options, { starting, watch });
    }
    const port = plan.mode === "shared-port" ? sharedPort : undefined;
    return await startPool({ spec, plan, options, cores, logger, graceMs, sharedPort: port, reload, starting, watch, prepare });
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

/** The service in this process, which can be exchanged for one with other models where it follows them. */
async function startService(spec: ServiceSpec, options: AppOptions, { starting, watch }: InProcessParts): Promise<StartedService> {
  const documents = await documentApis(spec);
  const first = await startInstance(spec, options, { documents, binding: createBinding(options.store, watch), starting });
  const outline = outlineOf(spec, documents);
  if (spec.follow === undefined) return { executor: first.executor, outline };
  const { openSwap } = await import("../follow/open-swap.js");
  return { executor: openSwap(first, { spec, options, documents, outline, watch }), outline };
}

/** What two instances in one process would both write to, which is why one cannot take the place of the other there. */
function checkFollowing(spec: ServiceSpec, { entry }: AppOptions, mode: WorkersPlan["mode"]): void {
  if (!mustRunApart(spec) || (mode !== "in-process" && entry !== undefined)) return;
  throw new BentoError(
    "BENTO_CONFIG_INVALID",
    `The service ${spec.name} is to follow its models, and its hooks keep what they make in variables of its module: in one process the old and the new one would share them.`,
    {
      hint: 'Run it in worker processes: { workers: 1, mode: "pool", entry: import.meta.url }. Or write it as a class; or leave follow out.',
    },
  );
}

/** Whether a service that follows its models needs a process of its own for each of its instances. */
function mustRunApart({ follow, sharesState, startup, shutdown }: ServiceSpec): boolean {
  return follow !== undefined && sharesState && startup.length + shutdown.length > 0;
}

interface InProcessParts {
  readonly starting: AbortSignal | undefined;
  readonly watch: PullWatch;
}
