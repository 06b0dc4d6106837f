import { setTimeout as wait } from "node:timers/promises";

/** How long work is tried again that failed for a reason which passes. */
export interface Patience {
  readonly ms: number;
  /** Whether the reason passes: a lock, a server that is starting. */
  readonly passes: (error: unknown) => boolean;
  /** What is thrown in the end, in place of the last failure. */
  readonly lost: (error: unknown) => unknown;
}

const firstPauseMs = 2;
const longestPauseMs = 250;

/** Does the work, again and again with longer and longer pauses, until it succeeds, fails for good, or patience is at its end. */
export async function patiently<Result>({ ms, passes, lost }: Patience, work: () => Promise<Result>): Promise<Result> {
  const end = performance.now() + ms;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error)) throw error;
      if (performance.now() >= end) throw lost(error);
    }
    // Those that got in each other's way must not come back at the same instant.
    await wait(pauseMs * (0.5 + Math.random()));
  }
}
