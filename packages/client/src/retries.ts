import type { Deadline } from "./deadline.js";
import type { RetryBudget } from "./retry-budget.js";
import { mayRetry, pauseMs } from "./retry-rule.js";

/** How often one thing may be tried again, and when. */
export interface RetryPolicy {
  /** Tries after the first. */
  readonly retries: number;
  readonly isIdempotent: boolean;
  /** Of all calls of a client. */
  readonly budget: RetryBudget;
}

/**
 * What the first attempt gives that does not fail, or fails for good. Nothing is tried again that would come too late.
 * @param attempt is told which one it is, from 1
 * @throws what the last attempt failed with; the deadline's reason
 */
export async function withRetries<T>(policy: RetryPolicy, deadline: Deadline, attempt: (count: number) => Promise<T>): Promise<T> {
  const { retries, isIdempotent, budget } = policy;
  for (let retry = 0; ; retry++) {
    try {
      return await attempt(retry + 1);
    } catch (error) {
      if (deadline.signal.aborted || retry >= retries || !mayRetry(error, isIdempotent)) throw error;
      const ms = pauseMs(error, retry, Math.random());
      if (ms === undefined || ms >= deadline.leftMs || !budget.take()) throw error;
      await deadline.pause(ms);
    }
  }
}
