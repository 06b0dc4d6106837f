import { setImmediate as nextTurn } from "node:timers/promises";

import { BentoError, type ContextRequest, type WorkerInfo } from "@bento/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type Member, mostUnread } from "../src/continuous/member.js";
import { RunningBatch } from "../src/continuous/running-batch.js";
import type { CallContext } from "../src/executor/executor.js";
import { LazyContext } from "../src/executor/lazy-context.js";
import type { CallTime } from "../src/http/out-of-time.js";
import { VirtualClock } from "./virtual-clock.js";

class TestContext extends LazyContext implements CallContext {
  readonly requestId = "";
  readonly worker: WorkerInfo = { index: 1, count: 1, devices: [] };
  readonly rawHeaders = [];
  readonly identity = undefined;
  readonly time: CallTime | undefined;

  constructor(end?: number) {
    super();
    this.time = end === undefined ? undefined : { end, timeoutMs: end, isCallers: false };
  }

  get request(): ContextRequest {
    throw new Error("Nobody asks for it.");
  }
}

/** What happens to one sequence. Times are milliseconds. */
interface Script {
  readonly arrivesAt: number;
  readonly items: number;
  readonly perStep: number;
  /** How it ends: by itself, by a failure of its own, or never. */
  readonly ending: "end" | "fail" | "never";
  readonly cancelledAfter: number | undefined;
  readonly patience: number | undefined;
  /** How long its reader takes for an item; `undefined`: it reads nothing. */
  readonly readsFor: number | undefined;
}

interface Plan {
  readonly maxSize: number;
  readonly scripts: readonly Script[];
  /** How long steps take, in turn. */
  readonly stepMs: readonly number[];
  /** Steps that throw. */
  readonly throwing: ReadonlySet<number>;
}

/** What would go on for ever is cancelled then. */
const endlessUntil = 400;
const isEndless = ({ ending, perStep, items }: Script) => ending === "never" || (perStep === 0 && items > 0);

/** What became of one. */
class Outcome {
  readonly script: Script;
  readonly context: TestContext;
  readonly got: unknown[] = [];
  error: unknown;
  isWhole = false;
  firstStep: number | undefined;
  steps = 0;
  cleanups = 0;
  emitted = 0;
  wasThrownAt = false;
  member!: Member;

  constructor(script: Script) {
    this.script = script;
    this.context = new TestContext(script.patience === undefined ? undefined : script.arrivesAt + script.patience);
  }
}

/** Plays a plan to its end. Looks, at every step, at what must hold. */
async function play({ maxSize, scripts, stepMs, throwing }: Plan) {
  const clock = new VirtualClock();
  const outcomes = scripts.map((script) => new Outcome(script));
  let isStepping = false;
  let steps = 0;
  const begun: Outcome[] = [];
  const batch: RunningBatch = new RunningBatch({
    maxSize,
    clock,
    onAbandoned: () => undefined,
    step: async (members) => {
      expect(isStepping).toBe(false);
      expect(members.length).toBeLessThanOrEqual(maxSize);
      expect(new Set(members).size).toBe(members.length);
      isStepping = true;
      const inStep = members.map((member) => outcomes.find((outcome) => outcome.member === member) as Outcome);
      for (const outcome of inStep) {
        const { member } = outcome;
        expect([member.isOver, member.isAhead]).toEqual([false, false]);
        expect(member.sequence.step).toBe(outcome.steps);
        outcome.steps += 1;
        if (outcome.firstStep === undefined) {
          outcome.firstStep = clock.now();
          begun.push(outcome);
          member.sequence.onLeave(() => {
            expect(members.includes(member) && isStepping && member.isInStep).toBe(false);
            outcome.cleanups += 1;
          });
        }
      }
      const step = (steps += 1);
      await clock.sleep(stepMs[step % stepMs.length] ?? 1);
      isStepping = false;
      if (throwing.has(step)) {
        for (const outcome of inStep) outcome.wasThrownAt ||= !outcome.member.isOver;
        throw new Error(`step ${step}`);
      }
      for (const outcome of inStep) advance(outcome);
    },
  });
  for (const outcome of outcomes) {
    clock.at(outcome.script.arrivesAt, () => {
      outcome.member = batch.add(outcome, outcome.context, () => expect.unreachable());
      if (outcome.script.readsFor !== undefined) void read(outcome, clock);
    });
    const { cancelledAfter, arrivesAt } = outcome.script;
    if (isEndless(outcome.script)) clock.at(endlessUntil, () => outcome.context.interrupt(new Error("gone")));
    if (cancelledAfter !== undefined) clock.at(arrivesAt + cancelledAfter, () => outcome.context.interrupt(new Error("gone")));
  }
  // Readers that have much to read need more turns than the clock waits for.
  for (let lap = 0; lap < 3; lap += 1) {
    await clock.run();
    await nextTurn();
  }
  return { outcomes, begun, batch };
}

function advance(outcome: Outcome): void {
  const { sequence } = outcome.member;
  const { items, perStep, ending } = outcome.script;
  for (let count = 0; count < perStep && outcome.emitted < items; count += 1) sequence.emit(outcome.emitted++);
  if (outcome.emitted < items || ending === "never") return;
  if (ending === "fail") sequence.fail(new Error("on purpose"));
  else sequence.end();
}

async function read(outcome: Outcome, clock: VirtualClock): Promise<void> {
  const { items } = outcome.member;
  const { readsFor = 0 } = outcome.script;
  try {
    for (let result = await items.next(); result.done !== true; result = await items.next()) {
      outcome.got.push(result.value);
      if (readsFor > 0) await clock.sleep(readsFor);
    }
    outcome.isWhole = true;
  } catch (error) {
    outcome.error = error;
  }
}

const script = fc.record<Script>({
  arrivesAt: fc.integer({ min: 0, max: 200 }),
  items: fc.integer({ min: 0, max: 300 }),
  perStep: fc.integer({ min: 0, max: 60 }),
  ending: fc.constantFrom("end", "end", "end", "fail", "never"),
  cancelledAfter: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined, freq: 3 }),
  patience: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined, freq: 3 }),
  readsFor: fc.option(fc.constantFrom(0, 0, 0, 1, 7), { nil: undefined, freq: 8 }),
});
const plan: fc.Arbitrary<Plan> = fc.record({
  maxSize: fc.integer({ min: 1, max: 6 }),
  scripts: fc.array(script, { minLength: 1, maxLength: 24 }),
  stepMs: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }).filter((ms) => ms.some((one) => one > 0)),
  throwing: fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 2 }).map((steps) => new Set(steps)),
});

/** Whether it comes to its end by what its script says alone. */
const comesToItsEnd = (one: Script) =>
  !isEndless(one) && one.cancelledAfter === undefined && one.patience === undefined && one.readsFor !== undefined;

describe("whatever comes, goes, fails and stands still", () => {
  test("each gets its own items in order, and all of them where it came to its end", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (played) => {
        const { outcomes } = await play(played);
        for (const { got, script: of, isWhole, error, emitted, wasThrownAt } of outcomes) {
          expect(got).toEqual(Array.from({ length: got.length }, (_, n) => n));
          if (isWhole) expect([got.length, of.ending]).toEqual([of.items, "end"]);
          // What was emitted before a failure comes before it.
          if (!BentoError.is(error) && (error as Error | undefined)?.message === "on purpose") expect(got.length).toBe(emitted);
          if (error !== undefined && !BentoError.is(error)) {
            expect((error as Error).message).toMatch(/^on purpose$|^gone$|^step \d+$/);
          }
          if (wasThrownAt) expect(isWhole).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("each is cleaned up once it has left, and never while a step works with it", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (played) => {
        const { outcomes } = await play(played);
        for (const { member, cleanups, firstStep } of outcomes) {
          expect(cleanups).toBe(member.isOver && firstStep !== undefined ? 1 : 0);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("they begin in the order in which they came, none too late, and none waits in vain", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (played) => {
        const { outcomes, begun, batch } = await play(played);
        const arrivals = begun.map(({ member }) => member.arrivedAt);
        expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));
        for (const { context, firstStep } of begun) expect(firstStep).toBeLessThan(context.time?.end ?? Infinity);
        expect(batch.waiting).toBe(0);
        const isThrowing = outcomes.some(({ wasThrownAt }) => wasThrownAt);
        for (const { script: of, isWhole, error, member } of outcomes) {
          if (!comesToItsEnd(of) || isThrowing) continue;
          expect(member.isOver).toBe(true);
          expect(isWhole || (error as Error).message === "on purpose").toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** A plan of scripts that say only what matters. */
const played = (maxSize: number, ...scripts: readonly Partial<Script>[]) =>
  play({
    maxSize,
    stepMs: [1],
    throwing: new Set(),
    scripts: scripts.map((one) => ({
      arrivesAt: 0,
      items: 5,
      perStep: 1,
      ending: "end",
      cancelledAfter: undefined,
      patience: undefined,
      readsFor: 0,
      ...one,
    })),
  });

test("all who run take each step together", async () => {
  const { outcomes } = await played(3, {}, {}, { items: 2 }, { items: 1 });
  expect(outcomes.map(({ steps, firstStep }) => [steps, firstStep])).toEqual([
    [5, 0],
    [5, 0],
    [2, 0],
    // The first place that gets free is its own.
    [1, 2],
  ]);
});

test("one whose time is over while it waits is never begun", async () => {
  const { outcomes } = await played(1, { items: 20 }, { patience: 10 }, {});
  expect(outcomes.map(({ steps }) => steps)).toEqual([20, 0, 5]);
  expect(outcomes[1]?.error).toMatchObject({ code: "BENTO_TIMEOUT" });
});

test("one whose reader stands still is left out as soon as it is far ahead", async () => {
  const { outcomes } = await played(2, { items: 1000, readsFor: undefined }, { items: 300 });
  expect(outcomes.map(({ steps, isWhole }) => [steps, isWhole])).toEqual([
    [mostUnread, false],
    [300, true],
  ]);
  expect(outcomes[0]?.member.isOver).toBe(false);
});

test("it goes on as its reader does, and loses nothing", async () => {
  const { outcomes } = await played(1, { items: 500, readsFor: 20 });
  expect(outcomes[0]?.isWhole).toBe(true);
  expect(outcomes[0]?.got.length).toBe(500);
});

test("its place it keeps as long as nobody waits for it, and loses after ten seconds when somebody does", async () => {
  const { outcomes } = await played(1, { items: 1000, readsFor: undefined }, { arrivesAt: 30_000 }, { arrivesAt: 30_000 });
  expect(outcomes[0]?.member.interruption).toMatchObject({ code: "BENTO_UNAVAILABLE", message: expect.stringContaining("too slowly") });
  expect(outcomes.slice(1).map(({ firstStep }) => firstStep)).toEqual([30_000, 30_005]);
  const soon = await played(1, { items: 1000, readsFor: undefined }, { arrivesAt: 1000 });
  expect(soon.outcomes[1]?.firstStep).toBe(mostUnread - 1 + 10_000 + 1);
});
