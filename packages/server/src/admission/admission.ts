import type { ServiceSpec } from "@bento/sdk";

import type { CallTime } from "../http/out-of-time.js";
import type { LineCounter } from "./line-counter.js";
import { AdmissionLine } from "./line.js";
import { clientKeyOf, type KnownCaller } from "./client-key.js";
import { Places } from "./places.js";
import { priorityOf } from "./priority.js";
import type { RunTimes } from "./run-times.js";
import type { Seat } from "./seat.js";

/** A call as far as its place is concerned. */
export interface Entering extends KnownCaller {
  /** How long it may take. */
  readonly time: CallTime | undefined;
  /** Calls back when its caller left, or its time is over. */
  onInterrupt(listener: () => void): void;
  /** Turns it away. */
  fail(thrown: unknown): boolean;
}

/** Whoever asks for a place, for one call. */
export interface Entrant {
  readonly call: Entering;
  /** How long the calls of its endpoint take. */
  readonly times: RunTimes;
  /** It has a place now, which it is to give back by {@link Admission.leave}. */
  begin(): void;
  /** What the admission has of it. */
  seat: Seat | undefined;
}

/**
 * The places of a service: so many calls may run at once.
 *
 * A place is taken once the body is there and given back when the method is really done: one that goes on working after
 * its caller left or its time was over still occupies the machine.
 */
export interface Admission {
  /**
   * Has a call begin, at once or when a place is free; what cannot wait any longer is turned away.
   * @throws BENTO_TOO_MANY_REQUESTS where calls do not wait and all places are taken
   * @throws BENTO_OVERLOADED where too many wait, or it would have to wait too long
   */
  enter(entrant: Entrant): void;
  /** Its answer is there, or begins; or it failed. It keeps its place. */
  answered(entrant: Entrant, isGood: boolean): void;
  /** Gives the place back. */
  leave(entrant: Entrant): void;
}

/** Whether calls of a service wait for a place, rather than being refused. */
export function waitsInLine({ fairness, priorities }: ServiceSpec["traffic"]): boolean {
  return fairness !== undefined || priorities !== undefined;
}

/**
 * What a service says of its places.
 * @param processes so many share them
 * @param counter counts how long calls wait, where they do
 */
export function openAdmission(traffic: ServiceSpec["traffic"], processes = 1, counter?: LineCounter): Admission {
  const { maxConcurrency, maxQueue, fairness, priorities } = traffic;
  if (maxConcurrency === undefined || !waitsInLine(traffic)) return new Places(maxConcurrency, processes);
  return new AdmissionLine({
    places: maxConcurrency,
    maxQueue,
    clientOf: clientKeyOf(fairness),
    priorityOf: priorityOf(priorities),
    counter,
  });
}
