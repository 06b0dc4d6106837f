import type { BentoErrorCode } from "@bento/core";

import { longestTimerMs } from "../limits.js";

/**
 * When to try again what was answered with 429 or 503. Seconds.
 *
 * What is full has room again as soon as a call ends, and a worker that had been of use is replaced at once. A service that
 * starts or drains takes a little longer, and one whose workers die again and again is started anew every 30 seconds.
 */
const byCode: Partial<Record<BentoErrorCode, number>> = {
  BENTO_TOO_MANY_REQUESTS: 1,
  BENTO_OVERLOADED: 1,
  BENTO_WORKER_DIED: 1,
  BENTO_UNAVAILABLE: 5,
  BENTO_CRASH_LOOP: 30,
};

/**
 * What the header `retry-after` says of a failure: whole seconds; `undefined` where trying again is no matter of time.
 * @param ms what whoever threw it says, if anything
 */
export function retryAfter(status: number, code: BentoErrorCode, ms?: number): string | undefined {
  if (status !== 429 && status !== 503) return undefined;
  return String(ms !== undefined && ms >= 0 && ms <= longestTimerMs ? Math.ceil(ms / 1000) : (byCode[code] ?? 1));
}
