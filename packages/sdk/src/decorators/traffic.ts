/**
 * Who counts as one client: everyone authenticated as the same identity, everyone at the same address (with IPv6, in the
 * same /64 network), or everyone who sends the same value of a header.
 */
export type Fairness = "identity" | "address" | { readonly header: string };

/**
 * Who says how urgent a call is: its caller, by the header `Priority: u=0` to `u=7` of RFC 9218, or whoever let it in, by
 * the claim `priority` of its identity, 0 to 7. 0 is the most urgent; whoever says nothing has 3.
 */
export type Priorities = "header" | "identity";

interface CallLimits {
  /** Seconds a call may take until its first byte of answer. @default 60 */
  readonly timeout?: number | undefined;
  /**
   * Calls that may wait at once before anything works on them, each with its body in memory: while no worker is ready,
   * or all have too much to do. More are refused with 503 and `Retry-After`. `0` lets none wait, `Infinity` all.
   * @default 1000
   */
  readonly maxQueue?: number | undefined;
}

/** Limits where what is too much is refused. */
export interface RefusingTraffic extends CallLimits {
  /** Calls that may run at once; more are refused with 429. @default unlimited */
  readonly maxConcurrency?: number | undefined;
  readonly fairness?: undefined;
  readonly priorities?: undefined;
}

/** Limits where what is too much waits in line, up to `maxQueue`, as long as it can be answered in time. */
export interface QueueingTraffic extends CallLimits {
  /** Calls that may run at once; more wait. */
  readonly maxConcurrency: number;
  /** Lets clients that wait have equal parts of what there is. @default all are one client, first come first served */
  readonly fairness?: Fairness | undefined;
  /** Lets urgent calls go first. @default all are equally urgent */
  readonly priorities?: Priorities | undefined;
}

/** Limits of a service's calls. `fairness` and `priorities` need a `maxConcurrency`: what goes beyond it waits. */
export type TrafficOptions = RefusingTraffic | QueueingTraffic;
