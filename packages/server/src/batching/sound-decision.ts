import type { BatchDecision, BatchState } from "@bento/core";

import { defaultPolicy } from "./default-policy.js";

/** Soonest that a policy may ask to look again: one that asks for now would keep the processor busy with asking. Milliseconds. */
const soonest = 0.1;

/**
 * What may be done of what a policy decided: numbers within their bounds.
 * @returns why nothing may, as the end of the sentence "The policy ...", where the decision is none, or would leave
 *   requests waiting that could run or are too late
 */
export function soundDecision(decision: BatchDecision, state: BatchState): BatchDecision | string {
  const { now, queue, freeWorkers, maxBatchSize } = state;
  // A policy may come from JavaScript, and return anything.
  const { type } = (decision ?? {}) as Partial<BatchDecision>;
  switch (decision?.type) {
    case "run":
      if (!isNumber(decision.items)) return `decided to run ${String(decision.items)} items.`;
      // Nothing can: all that may be done is to refuse what is too late.
      if (freeWorkers === 0) return defaultPolicy(state);
      return { type: "run", items: Math.min(Math.max(1, Math.floor(decision.items)), maxBatchSize) };
    case "reject":
      if (!isNumber(decision.requests)) return `decided to reject ${String(decision.requests)} requests.`;
      return { type: "reject", requests: Math.min(Math.max(1, Math.floor(decision.requests)), queue.length) };
    case "wait":
      if (!isNumber(decision.until)) return `decided to wait until ${String(decision.until)}.`;
      if (freeWorkers > 0 && isFull(state)) return "lets a full batch wait while a worker is free.";
      if (now > latest(state)) return freeWorkers > 0 ? "lets requests wait that are too late already." : defaultPolicy(state);
      return soundWait(decision.until, state);
    default:
      return `decided ${JSON.stringify(type) ?? "nothing"}, which is none of run, wait and reject.`;
  }
}

/** Whether a batch could not be larger. */
function isFull({ queue, maxBatchSize }: BatchState): boolean {
  let items = 0;
  for (const request of queue) if ((items += request.items) >= maxBatchSize) return true;
  return false;
}

function soundWait(until: number, state: BatchState): BatchDecision {
  return { type: "wait", until: Math.max(Math.min(until, latest(state) + soonest), state.now + soonest) };
}

/** When the first is to be answered. */
function latest({ queue, maxLatencyMs }: BatchState): number {
  const first = queue[0];
  return first === undefined ? Infinity : Math.min(first.arrivedAt + maxLatencyMs, first.deadline);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}
