import { BentoError, type BatchCost, type BatchDecision, type BatchPolicy, type BatchState } from "@bento/core";

import { ArrivalGap } from "./arrival-gap.js";
import { BatchSize } from "./batch-size.js";
import type { Clock } from "./clock.js";
import { CostModel } from "./cost-model.js";
import { cutBatch, type Batch } from "./cut-batch.js";
import { defaultPolicy } from "./default-policy.js";
import { soundDecision } from "./sound-decision.js";
import { type Ticket, Waiting, WaitingLine } from "./waiting-line.js";

/** Without any batch for so long, what is known of their cost counts for nothing: by it alone all might be refused for ever. Milliseconds. */
const staleMs = 1000;

export interface BatcherOptions<J> {
  /** When to run what; overruled where it must not have its way. @default defaultPolicy */
  readonly policy?: BatchPolicy | undefined;
  /** Items in one batch. */
  readonly maxBatchSize: number;
  /** From arrival to answer. Milliseconds. */
  readonly maxLatencyMs: number;
  readonly clock: Clock;
  /** Whether two neighbours may be in one batch. */
  readonly mayJoin: (a: J, b: J) => boolean;
  /**
   * Runs a batch; resolves when the worker is free for the next one, to the milliseconds that it took of the worker, or to
   * nothing where they say nothing of what batches cost. Answers are the caller's business. Never rejects.
   */
  readonly run: (batch: Batch<J>) => Promise<number | undefined>;
  /** Workers that a batch could be given to now; `run` takes one at once. */
  readonly freeWorkers: () => number;
  /** Those of them that work on nothing. @default all of them */
  readonly idleWorkers?: (() => number) | undefined;
  readonly workers: () => number;
  /** A job was turned away: it could not be answered in time. */
  readonly reject: (job: J, waitedMs: number) => void;
  /** A job begins, having waited so long. */
  readonly waited?: ((ms: number) => void) | undefined;
  /** Told once, when the policy had to be overruled. */
  readonly onOverruled?: ((error: BentoError) => void) | undefined;
}

/**
 * Gathers jobs into batches.
 *
 * Jobs run in the order in which they came, each of their items once, joined with their neighbours as the policy decides;
 * what is larger than a batch is cut. Decisions are made at the end of a turn of the event loop, so that all that has
 * arrived in it is there to be joined; only a full batch goes at once.
 */
export class Batcher<J> {
  readonly #options: BatcherOptions<J>;
  readonly #policy: BatchPolicy;
  readonly #line: WaitingLine<J>;
  readonly #model = new CostModel();
  readonly #gap = new ArrivalGap();
  readonly #size: BatchSize;
  readonly #onSoon = (): void => {
    this.#isDue = false;
    this.#decide();
  };
  readonly #onAlarm = (): void => {
    this.#stopAlarm = undefined;
    this.#decide();
  };
  #isDue = false;
  #isDeciding = false;
  #isClosed = false;
  #running = 0;
  /** When the last batch was done. */
  #doneAt = -Infinity;
  #decidedAt = 0;
  /** Since when more has come than could be answered in time. */
  #overloadedAt = Infinity;
  /** Items that a batch might have when that was decided, and of what size that was a try. */
  #mostItems = 0;
  #sizeItems = 0;
  #alarmAt = Infinity;
  #stopAlarm: (() => void) | undefined;
  #wasOverruled = false;

  constructor(options: BatcherOptions<J>) {
    this.#options = options;
    this.#policy = options.policy ?? defaultPolicy;
    this.#line = new WaitingLine(options.mayJoin);
    this.#size = new BatchSize(options.maxBatchSize, (items) => (this.#model.knows(items) ? this.#model.expectedMs(items) : undefined));
  }

  /** Items of all that waits. */
  get queuedItems(): number {
    return this.#line.items;
  }

  get queuedRequests(): number {
    return this.#line.requests;
  }

  /** What is known of what batches cost. */
  get cost(): BatchCost {
    return this.#model.cost;
  }

  /** How long all that waits is expected to take; 0 while nothing is known. Milliseconds. */
  get backlogMs(): number {
    const { workers } = this.#options;
    const { fixedMs, perItemMs } = this.#model.cost;
    const { items } = this.#line;
    return (Math.ceil(items / this.#size.best) * fixedMs + items * perItemMs) / Math.max(1, workers());
  }

  /**
   * A job joins the line.
   * @param items how many it has; 0 is one that runs with others, or as an empty batch
   * @param deadline when nobody waits for it any more, on the clock; Infinity for never
   * @throws BENTO_UNAVAILABLE when closed
   */
  submit(job: J, items: number, deadline: number): Ticket {
    if (this.#isClosed) throw new BentoError("BENTO_UNAVAILABLE", "The service is shut down.");
    const { clock, freeWorkers, maxBatchSize } = this.#options;
    const now = clock.now();
    this.#gap.arrived(now);
    const waiting = new Waiting(job, items, now, deadline, this.#line);
    this.#line.add(waiting);
    if (freeWorkers() === 0) {
      // Only the first one's limit has to be watched.
      if (this.#line.requests === 1) this.#soon();
    } else if (this.#line.items >= maxBatchSize) this.#decide();
    else this.#soon();
    return waiting;
  }

  /** More workers are free than were, or other ones. */
  changed(): void {
    if (this.#line.first !== undefined) this.#soon();
  }

  /** Takes no more jobs and begins no more. @returns those that have not begun; what waits of others is dropped */
  close(): J[] {
    this.#isClosed = true;
    return this.clear();
  }

  /** Begins nothing of what waits now. @returns what {@link Batcher.close} does */
  clear(): J[] {
    this.#setAlarm(Infinity);
    const jobs: J[] = [];
    for (let waiting = this.#line.first; waiting !== undefined; waiting = this.#line.first) {
      this.#line.remove(waiting);
      if (waiting.start === 0) jobs.push(waiting.job);
    }
    return jobs;
  }

  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#options.clock.soon(this.#onSoon);
  }

  /** Runs and rejects whatever is to be, until the policy waits. */
  #decide(): void {
    // Whoever is called from here may submit.
    if (this.#isDeciding) return this.#soon();
    this.#isDeciding = true;
    try {
      let free = this.#options.freeWorkers();
      while (this.#line.first !== undefined) {
        free = Math.min(free, this.#options.freeWorkers());
        const decision = this.#decision(free);
        if (decision.type === "wait") return this.#setAlarm(decision.until);
        if (decision.type === "reject" && this.#reject(decision.requests)) continue;
        // Nothing to reject is what has begun, and is finished.
        if (free <= 0) return this.#setAlarm(Infinity);
        free -= 1;
        this.#run(decision.type === "run" ? decision.items : this.#mostItems);
      }
      this.#setAlarm(Infinity);
    } finally {
      this.#isDeciding = false;
    }
  }

  #decision(freeWorkers: number): BatchDecision {
    const { maxLatencyMs, workers, idleWorkers, clock } = this.#options;
    const now = clock.now();
    const maxBatchSize = this.#largest();
    this.#decidedAt = now;
    this.#mostItems = maxBatchSize;
    if (this.#line.items < maxBatchSize) this.#overloadedAt = Infinity;
    const { cost } = this.#model;
    const isStale = this.#running === 0 && now - this.#doneAt > staleMs;
    const state: BatchState = {
      now,
      queue: this.#line.head(maxBatchSize),
      queuedItems: this.#line.items,
      freeWorkers: Math.max(0, freeWorkers),
      idleWorkers: Math.max(0, Math.min(freeWorkers, idleWorkers?.() ?? freeWorkers)),
      workers: workers(),
      maxBatchSize,
      maxLatencyMs,
      cost: isStale ? { fixedMs: cost.fixedMs, perItemMs: cost.perItemMs, samples: 0, smallest: cost.smallest } : cost,
      gapMs: this.#gap.expectedMs(now),
      overloadedMs: Math.max(0, now - this.#overloadedAt),
    };
    if (this.#policy === defaultPolicy) return defaultPolicy(state);
    let fault: string;
    let cause: unknown;
    try {
      const decision = soundDecision(this.#policy(state), state);
      if (typeof decision !== "string") return decision;
      fault = decision;
    } catch (thrown) {
      fault = "threw an error.";
      cause = thrown;
    }
    this.#overrule(fault, cause);
    return defaultPolicy(state);
  }

  /** Items of the next batch at most; no request is cut that would fit in one. */
  #largest(): number {
    const { maxBatchSize } = this.#options;
    const { first, items } = this.#line;
    this.#sizeItems = 0;
    if (this.#policy !== defaultPolicy || first === undefined) return maxBatchSize;
    const best = this.#size.next(items);
    this.#sizeItems = best;
    return first.start > 0 || first.end > maxBatchSize ? best : Math.max(best, first.end);
  }

  #overrule(fault: string, cause: unknown): void {
    if (this.#wasOverruled) return;
    this.#wasOverruled = true;
    this.#options.onOverruled?.(
      new BentoError("BENTO_CONFIG_INVALID", `The batch policy ${fault}`, {
        cause,
        hint: "The default policy decided instead, and will wherever this happens again; it is not said a second time.",
      }),
    );
  }

  /** @returns whether there was any that nothing of has run */
  #reject(requests: number): boolean {
    const { clock, maxLatencyMs, reject } = this.#options;
    const now = clock.now();
    for (let count = 0; count < requests; count += 1) {
      const waiting = this.#line.first;
      if (waiting === undefined) break;
      if (waiting.start > 0) return count > 0;
      this.#line.remove(waiting);
      const waitedMs = now - waiting.arrivedAt;
      // Who is in a great hurry is refused at other times, too.
      if (waitedMs > maxLatencyMs / 2) this.#overloadedAt = Math.min(this.#overloadedAt, now);
      reject(waiting.job, waitedMs);
    }
    return true;
  }

  #run(items: number): void {
    const { clock, run, waited } = this.#options;
    const begunAt = this.#decidedAt;
    const size = this.#sizeItems;
    const batch = cutBatch(this.#line, Math.max(1, items));
    if (waited !== undefined) for (const { start, arrivedAt } of batch.parts) if (start === 0) waited(begunAt - arrivedAt);
    this.#running += 1;
    void run(batch).then((ms) => this.#done(batch, size, ms, clock.now()));
  }

  #done({ items, parts }: Batch<J>, size: number, ms: number | undefined, now: number): void {
    this.#running -= 1;
    this.#doneAt = now;
    this.#gap.answered(now, parts.length);
    if (ms !== undefined) this.#model.learn(items, ms);
    this.#size.done(ms === undefined ? 0 : size, items, now, this.#line.items, this.#running + 1);
    if (this.#line.first === undefined) return;
    if (this.#line.items >= this.#options.maxBatchSize) this.#decide();
    else this.#soon();
  }

  /** One that is set for earlier stays: it costs less to look once more than to set another. */
  #setAlarm(at: number): void {
    if (this.#stopAlarm !== undefined) {
      if (at !== Infinity && this.#alarmAt <= at) return;
      this.#stopAlarm();
      this.#stopAlarm = undefined;
    }
    if (at === Infinity) return;
    this.#alarmAt = at;
    this.#stopAlarm = this.#options.clock.at(at, this.#onAlarm);
  }
}
