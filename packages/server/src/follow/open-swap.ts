import type { PullWatch, ServiceSpec } from "@bento/sdk";
import { createBinding } from "@bento/sdk/runtime";

import type { ApiDocument } from "../executor/in-process.js";
import type { ServiceOutline } from "../executor/outline.js";
import { type StartedInstance, startInstance } from "../executor/start-instance.js";
import { type AppOptions, drainTimeOf } from "../options.js";
import { pinCells } from "../workers/model-cells.js";
import { SwapExecutor } from "./swap-executor.js";

/** What all instances of a service in this process have in common. */
interface SwapParts {
  readonly spec: ServiceSpec;
  readonly options: AppOptions;
  readonly documents: ReadonlyMap<string, ApiDocument>;
  readonly outline: ServiceOutline;
  readonly watch: PullWatch;
}

/** An executor over the first instance of a service, which can start others. */
export function openSwap(first: StartedInstance, { spec, options, documents, outline, watch }: SwapParts): SwapExecutor {
  const { logger } = options;
  return new SwapExecutor(first, {
    service: spec.name,
    outline,
    finishMs: drainTimeOf(options),
    logger,
    start: async (models) => {
      const binding = createBinding(options.store, { ...watch, signal: undefined });
      await pinCells(binding, models);
      return startInstance(spec, options, { documents, binding, isSuccessor: true });
    },
  });
}
