import { type Attempt, type RetryOptions as AnyRetryOptions, withRetry as withAnyRetry } from "@bento/store/archives";
import { isTransient } from "../api/network-failure.js";

export type { Attempt };

/** How often, and how long after a failure, a request is made again. */
export type RetryOptions = Partial<AnyRetryOptions>;

/** The same for requests: tried again where the same one may get another answer. */
export async function withRetry<T>(work: (attempt: Attempt) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  return withAnyRetry(work, { ...options, isTransient: options.isTransient ?? isTransient });
}
