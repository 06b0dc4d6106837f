/** When a worker is replaced although nothing is wrong with it. */
export interface RecycleRules {
  /** Milliseconds after its start. */
  readonly maxAgeMs?: number | undefined;
  /** Calls that it answered. */
  readonly maxCalls?: number | undefined;
  /** Bytes of resident memory. A worker that takes as much from the start is left alone. */
  readonly maxMemoryBytes?: number | undefined;
}

/** What the rules look at. */
export interface WorkerWear {
  readonly ageMs: number;
  readonly answered: number;
  /** Resident memory. Bytes. */
  readonly rss: number;
  /** What it was when the worker became ready. Bytes. */
  readonly rssAtStart: number;
}

/** Whether it is time for another worker. */
export function isWornOut({ ageMs, answered, rss, rssAtStart }: WorkerWear, rules: RecycleRules): boolean {
  const { maxAgeMs = Infinity, maxCalls = Infinity, maxMemoryBytes = Infinity } = rules;
  // A fresh one would be too large as well: replacing it again and again would only cost.
  const hasGrown = rss >= maxMemoryBytes && rssAtStart < maxMemoryBytes;
  return ageMs >= maxAgeMs || answered >= maxCalls || hasGrown;
}
