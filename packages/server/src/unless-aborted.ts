/**
 * What a promise gives, unless the signal is aborted before.
 * @param graceMs milliseconds that it still gets then
 * @throws the signal's reason
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined, graceMs = 0): Promise<T> {
  if (signal === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  let onAbort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(signal.reason as Error);
    onAbort = graceMs === 0 ? giveUp : () => void (timer = setTimeout(giveUp, graceMs));
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
