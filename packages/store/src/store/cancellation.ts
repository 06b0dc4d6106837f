import { BentoError } from "@bento/core";

/** The error of work that its caller's signal stopped: the signal's own reason if that is a BentoError, else BENTO_CANCELLED. */
export function cancellation(signal: AbortSignal, what: string): BentoError {
  if (BentoError.is(signal.reason)) return signal.reason;
  return new BentoError("BENTO_CANCELLED", `${what} was cancelled by its caller.`, { cause: signal.reason });
}

/** @throws BENTO_CANCELLED when the signal is aborted */
export function checkSignal(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw cancellation(signal, what);
}

/** Waits for a promise or for the signal, whichever comes first. What the promise does later is ignored. */
export async function withSignal<T>(signal: AbortSignal | undefined, what: string, promise: Promise<T>): Promise<T> {
  if (signal === undefined) return promise;
  promise.catch(() => {});
  checkSignal(signal, what);
  const { promise: aborted, reject } = promiseWithReject();
  const onAbort = (): void => reject(cancellation(signal, what));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function promiseWithReject(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject!: (error: Error) => void;
  const promise = new Promise<never>((_, rejectPromise) => (reject = rejectPromise));
  promise.catch(() => {});
  return { promise, reject };
}
