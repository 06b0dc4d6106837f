import { BentoError } from "@bento/core";

import type { Clock } from "../batching/clock.js";
import { neverBegun } from "../http/out-of-time.js";
import { Line } from "./line.js";
import { Member, type MemberListener } from "./member.js";

/** How long a sequence whose reader stands still may hold a place that others wait for. Milliseconds. */
const longestStillMs = 10_000;

/** What a running batch is made of. */
export interface RunningBatchOptions {
  /** Sequences that may run at once. */
  readonly maxSize: number;
  readonly clock: Clock;
  /** Takes one step for those members. What it throws they fail with. */
  readonly step: (members: readonly Member[]) => unknown;
  /** Told that the last of those for whom a step runs has gone, while it runs. */
  readonly onAbandoned: (reason: Error) => void;
  /** A member begins, having waited so long. */
  readonly onBegin?: ((waitedMs: number) => void) | undefined;
}

/**
 * The sequences of one step-wise method: those that run, and those that wait for one to end, first come first served.
 *
 * One step at a time, for all that run; between two of them everybody else has a turn of the event loop, so that items
 * flow and callers that leave are heard. A step that does not come back holds up all that come after it: nobody knows
 * what it still works with.
 */
export class RunningBatch {
  readonly #options: RunningBatchOptions;
  readonly #line = new Line<Member>();
  /** Those that have begun, in that order, until they leave. */
  #running: Member[] = [];
  #isStepping = false;
  /** Whether it is to look what there is to do. */
  #isWoken = false;
  /** Calls off the look at those whose readers stand still. */
  #stopAlarm: (() => void) | undefined;
  readonly #listener: MemberListener;

  constructor(options: RunningBatchOptions) {
    this.#options = options;
    this.#listener = {
      onOver: (member) => this.#over(member),
      onReady: () => this.#wake(),
      now: () => options.clock.now(),
    };
  }

  /** How many wait for another to end. */
  get waiting(): number {
    return Math.max(0, this.#line.size - (this.#options.maxSize - this.#running.length));
  }

  /** Whether one more would have to wait for another to end. */
  get isFull(): boolean {
    return this.#running.length + this.#line.size >= this.#options.maxSize;
  }

  /** @param onCleanupFailed told what the method's `onLeave` functions throw */
  add(input: unknown, context: Member["context"], onCleanupFailed: (error: unknown) => void): Member {
    const member = new Member(input, context, this.#listener, onCleanupFailed);
    // Its caller may have gone already.
    if (member.isOver) return member;
    member.place = this.#line.add(member);
    this.#wake();
    return member;
  }

  /** Fails all, those that run and those that wait. */
  close(error: BentoError): void {
    for (let member = this.#line.shift(); member !== undefined; member = this.#line.shift()) member.interrupt(error);
    for (const member of this.#running.slice()) member.interrupt(error);
  }

  #wake(): void {
    if (this.#isWoken || this.#isStepping) return;
    this.#isWoken = true;
    this.#options.clock.soon(() => this.#look());
  }

  #look(): void {
    this.#isWoken = false;
    // Looking again looks after what changes while a step begins.
    if (this.#isStepping) return;
    this.#stopAlarm?.();
    this.#stopAlarm = undefined;
    this.#fill();
    if (this.#line.size > 0) this.#turnOut();
    const ready = this.#running.filter(({ isAhead }) => !isAhead);
    if (ready.length > 0) void this.#step(ready);
  }

  /** Lets in those who wait, as far as there are places. No step is taken for whom it would come too late. */
  #fill(): void {
    const { maxSize, clock, onBegin } = this.#options;
    const now = clock.now();
    while (this.#running.length < maxSize) {
      const member = this.#line.shift();
      if (member === undefined) return;
      const { time } = member.context;
      if (time !== undefined && now >= time.end) {
        member.interrupt(neverBegun(time));
        continue;
      }
      this.#running.push(member);
      member.context.begin();
      onBegin?.(now - member.arrivedAt);
    }
  }

  /** Those who wait get the places of those whose readers have stood still for long. */
  #turnOut(): void {
    const { clock } = this.#options;
    const now = clock.now();
    const still = this.#running.filter(({ isAhead }) => isAhead).toSorted((a, b) => a.stillSince - b.stillSince);
    for (const member of still) {
      if (this.#line.size === 0) return;
      const longest = member.stillSince + longestStillMs;
      if (longest > now) return void (this.#stopAlarm = clock.at(longest, () => this.#wake()));
      member.interrupt(standsStill());
      this.#fill();
    }
  }

  async #step(members: readonly Member[]): Promise<void> {
    this.#isStepping = true;
    for (const member of members) member.isInStep = true;
    try {
      await this.#options.step(members);
    } catch (error) {
      for (const member of members) member.finish({ error });
    }
    for (const member of members) {
      member.steps += 1;
      member.isInStep = false;
      if (member.isOver) member.leave();
    }
    this.#running = this.#running.filter(({ isOver }) => !isOver);
    this.#isStepping = false;
    if (this.#running.length + this.#line.size > 0) this.#wake();
  }

  /** What a step works with stays until that is done; anything else leaves at once. */
  #over(member: Member): void {
    if (member.isInStep) return this.#abandon(member);
    member.place?.leave();
    this.#running = this.#running.filter((other) => other !== member);
    member.leave();
    this.#wake();
  }

  #abandon({ interruption }: Member): void {
    if (interruption !== undefined && this.#running.every(({ isInStep, isOver }) => isOver || !isInStep)) {
      this.#options.onAbandoned(interruption);
    }
  }
}

function standsStill(): BentoError {
  return new BentoError(
    "BENTO_UNAVAILABLE",
    `The stream was read too slowly: nothing of it for ${longestStillMs / 1000} seconds, while others waited for its place.`,
    { hint: "Read it as it comes." },
  );
}
