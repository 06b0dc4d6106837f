/**
 * Whether a method failed of nothing but its signal, which it had handed on: with the signal's reason, or with what Node
 * and `fetch` throw in its place. That is how a method ends whose caller has left, and no failure of the service.
 */
export function isEndedBy(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === "AbortError"));
}
