import type { FaultsOf } from "./fault-proxy.js";
import type { Direction, Fault } from "./faulty-pipe.js";

/** Which connections meet what, and where. */
export interface FaultSchedule {
  /** Another one gives other places. */
  readonly seed: number;
  /** Met in turn. `hold` is for a moment, `throttle` makes it no faster than 16 MiB a second. */
  readonly kinds: readonly Fault["kind"][];
  readonly on: Direction;
  /** Somewhere between these two, in bytes of the connection. */
  readonly from: number;
  readonly to: number;
  /** Every so many, one is left alone; never when 0. Default 5. */
  readonly healthyEvery?: number | undefined;
  /** After so many faulty connections, all are well. Default: never. */
  readonly limit?: number | undefined;
  /** Which connections count. Default: all. */
  readonly isFor?: ((port: number) => boolean) | undefined;
}

/** How long a `hold` of a schedule takes. Milliseconds. */
const holdMs = 30;
/** How slow a `throttle` of a schedule is. */
const bytesPerSecond = 16 * 1024 * 1024;

/** Faults that look like chance and are the same each time. */
export function scheduled(schedule: FaultSchedule): FaultsOf {
  const { seed, kinds, on, from, to, healthyEvery = 5, limit = Number.POSITIVE_INFINITY, isFor = () => true } = schedule;
  const next = numbers(seed);
  let counted = 0;
  let faulty = 0;
  return ({ port }) => {
    if (!isFor(port)) return undefined;
    counted += 1;
    if (faulty >= limit || (healthyEvery > 0 && counted % healthyEvery === 0)) return undefined;
    const kind = kinds[faulty % kinds.length] as Fault["kind"];
    faulty += 1;
    const place = { on, at: from + Math.floor(next() * (to - from)) };
    if (kind === "hold") return { ...place, kind, ms: holdMs };
    return kind === "throttle" ? { ...place, kind, bytesPerSecond } : { ...place, kind };
  };
}

/** The same numbers each time, from 0 to 1. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
