import { BentoError } from "@bento/core";
import { setTimeout as sleep } from "node:timers/promises";

/** One try of many. */
export interface Attempt {
  /** From 0 on. */
  readonly number: number;
  /** To be called when the work came further than any try before: then the tries are counted anew. */
  readonly progressed: () => void;
}

/** How often, and how long after a failure, work is tried again. */
export interface RetryOptions {
  /** Ends the waiting too. */
  readonly signal?: AbortSignal | undefined;
  /** Tries after the first one that bring nothing. Default 8. */
  readonly retries?: number | undefined;
  /** The wait after the first failure; it doubles with each. Default 200. */
  readonly minMs?: number | undefined;
  /** The longest wait. A peer that asks for a longer one is given it, up to a minute. Default 10,000. */
  readonly maxMs?: number | undefined;
  /** From 0 to 1: which part of the second half of a wait is waited, so that many do not come back at once. Default: by chance. */
  readonly jitter?: (() => number) | undefined;
  /** Whether the same request may get another answer. */
  readonly isTransient: (error: unknown) => boolean;
  /** Told of each failure that will be tried again. */
  readonly onRetry?: ((error: BentoError) => void) | undefined;
  /** How it waits; for tests. */
  readonly wait?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** What a peer may ask to wait for at most. Milliseconds. */
const longestAsked = 60_000;

/**
 * Runs work until it succeeds, fails for good, or has been tried often enough without coming any further. Waits longer
 * each time, and as long as the peer asked for (`retryAfterMs` of the error).
 * @throws what the work throws; the signal's reason
 */
export async function withRetry<T>(work: (attempt: Attempt) => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, retries = 8, isTransient, onRetry, wait = pause } = options;
  let failures = 0;
  for (let number = 0; ; number += 1) {
    signal?.throwIfAborted();
    try {
      return await work({ number, progressed: () => void (failures = 0) });
    } catch (error) {
      if (signal?.aborted || !isTransient(error) || failures >= retries) throw error;
      onRetry?.(BentoError.from(error));
      await wait(waitAfter(failures, error, options), signal);
      failures += 1;
    }
  }
}

function waitAfter(failures: number, error: unknown, { minMs = 200, maxMs = 10_000, jitter = Math.random }: RetryOptions): number {
  const longest = Math.min(maxMs, minMs * 2 ** failures);
  const asked = BentoError.is(error) ? Math.min(error.retryAfterMs ?? 0, longestAsked) : 0;
  return Math.max(asked, longest * (0.5 + 0.5 * jitter()));
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
}
