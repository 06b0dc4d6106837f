import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { LineSimulation, type Simulated, type SimulatedCall } from "../../test/line-of-calls.js";

const call = (parts: Partial<SimulatedCall>): SimulatedCall => ({
  at: 0,
  client: "a",
  priority: 3,
  runMs: 10,
  timeoutMs: 10_000,
  ...parts,
});

/** Calls that come evenly, so many a second for so long. */
function stream(perSecond: number, ms: number, parts: Partial<SimulatedCall>): SimulatedCall[] {
  return Array.from({ length: Math.round((perSecond * ms) / 1000) }, (_, n) => call({ ...parts, at: (n * 1000) / perSecond }));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
/** Milliseconds of places that those of a client had that began within a time. */
const hadBy = (calls: readonly Simulated[], client: string, from = 0, until = Infinity): number =>
  sum(
    calls
      .filter(({ what, begunAt }) => what.client === client && begunAt !== undefined && begunAt >= from && begunAt < until)
      .map(({ what }) => what.runMs),
  );
const order = (calls: readonly Simulated[]): string[] => calls.map(({ what }) => what.client);

const anyCall = fc.record({
  at: fc.integer({ min: 0, max: 300 }),
  client: fc.constantFrom("a", "b", "c", "d"),
  priority: fc.integer({ min: 0, max: 7 }),
  runMs: fc.integer({ min: 0, max: 60 }),
  timeoutMs: fc.integer({ min: 1, max: 400 }),
  leavesAt: fc.option(fc.integer({ min: 1, max: 700 }), { nil: undefined }),
});
const anyTraffic = fc.record({
  calls: fc.array(anyCall, { maxLength: 80 }),
  places: fc.integer({ min: 1, max: 6 }),
  maxQueue: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
});

describe("whatever comes", () => {
  test("each call begins once or is turned away once, in time, and never more run or wait than may", () =>
    fc.assert(
      fc.asyncProperty(anyTraffic, async ({ calls, places, maxQueue }) => {
        const simulation = new LineSimulation({ places, maxQueue });
        await simulation.run(calls.map((one) => ({ ...one, leavesAt: one.leavesAt && one.at + one.leavesAt })));
        expect(simulation.mostRunning).toBeLessThanOrEqual(places);
        // Those for which a place is free wait for the turn of the event loop alone.
        if (maxQueue !== undefined) expect(simulation.mostWaiting).toBeLessThanOrEqual(maxQueue + places);
        expect([simulation.running, simulation.line.waiting]).toEqual([0, 0]);
        for (const { what, outcomes, begunAt, refused, isGone } of simulation.calls) {
          if (begunAt === undefined) expect(refused !== undefined || isGone).toBe(true);
          else {
            expect([refused, outcomes]).toEqual([undefined, 1]);
            expect(begunAt).toBeLessThan(what.at + what.timeoutMs);
            expect(begunAt).toBeLessThanOrEqual(what.leavesAt ?? Infinity);
          }
        }
      }),
    ));

  test("the calls of one client with one priority begin in the order in which they came", () =>
    fc.assert(
      fc.asyncProperty(anyTraffic, async ({ calls, places, maxQueue }) => {
        const simulation = new LineSimulation({ places, maxQueue });
        await simulation.run(calls.map((one) => ({ ...one, leavesAt: undefined })));
        const came = new Map(simulation.calls.map((one, index) => [one, index]));
        const last = new Map<string, number>();
        for (const one of simulation.begun) {
          const whose = `${one.what.client} ${one.what.priority}`;
          expect(came.get(one)).toBeGreaterThan(last.get(whose) ?? -1);
          last.set(whose, came.get(one) as number);
        }
      }),
    ));

  test("no place is free while anybody waits", () =>
    fc.assert(
      fc.asyncProperty(anyTraffic, async ({ calls, places, maxQueue }) => {
        const simulation = new LineSimulation({ places, maxQueue });
        for (let at = 1; at < 1000; at += 7) {
          simulation.clock.at(at + 0.5, () => expect(simulation.line.waiting === 0 || simulation.running === places).toBe(true));
        }
        await simulation.run(calls.map((one) => ({ ...one, leavesAt: undefined })));
      }),
      { numRuns: 50 },
    ));

  test("the less urgent begin before more urgent ones that wait no more often than they are owed", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 200 }), async (priorities) => {
        const waiting: number[] = [];
        let before = 0;
        const simulation = new LineSimulation({ places: 1, maxQueue: undefined }, ({ what }) => {
          if (waiting.some((other) => other < what.priority)) before += 1;
          waiting.splice(waiting.indexOf(what.priority), 1);
        });
        // One runs while all others come.
        waiting.push(0, ...priorities);
        await simulation.run([call({ priority: 0 }), ...priorities.map((priority) => call({ priority, at: 1, timeoutMs: 1e6 }))]);
        expect(simulation.begun).toHaveLength(priorities.length + 1);
        expect(before).toBeLessThanOrEqual(priorities.length / 16);
      }),
    ));
});

describe("fairness", () => {
  test("a client that offers ten times the load leaves nine others their parts", async () => {
    const simulation = new LineSimulation({ places: 4, maxQueue: 1000 });
    // Four places, ten milliseconds each: 400 a second, 40 for each client.
    const hog = stream(440, 4000, { client: "hog", timeoutMs: 500 });
    const others = Array.from({ length: 9 }, (_, n) => stream(44, 4000, { client: `c${n}`, timeoutMs: 500 }));
    await simulation.run([...hog, ...others.flat()]);
    for (let n = 0; n < 9; n += 1) expect(hadBy(simulation.begun, `c${n}`, 500, 4000) / 10 / 3.5).toBeGreaterThan(0.9 * 40);
    expect(hadBy(simulation.begun, "hog", 500, 4000) / 10 / 3.5).toBeGreaterThan(0.9 * 40);
  });

  test("clients that want less than their part get all of it, and the hog has the rest", async () => {
    const simulation = new LineSimulation({ places: 4, maxQueue: 1000 });
    const hog = stream(2000, 4000, { client: "hog", timeoutMs: 500 });
    const others = Array.from({ length: 3 }, (_, n) => stream(50, 4000, { client: `c${n}`, timeoutMs: 500 }));
    await simulation.run([...hog, ...others.flat()]);
    expect(simulation.calls.filter(({ what, isGood }) => what.client !== "hog" && !isGood)).toEqual([]);
    expect(simulation.calls.filter(({ what, isGood }) => what.client === "hog" && isGood).length / 4).toBeGreaterThan(0.95 * 250);
  });

  test("what counts is the time that calls keep their places, not their number", async () => {
    const simulation = new LineSimulation({ places: 3, maxQueue: undefined });
    await simulation.run([
      ...stream(200, 5000, { client: "short", runMs: 10, timeoutMs: 60_000 }),
      ...stream(60, 5000, { client: "long", runMs: 100, timeoutMs: 60_000 }),
    ]);
    const short = hadBy(simulation.begun, "short", 500, 5000);
    expect(short / hadBy(simulation.begun, "long", 500, 5000)).toBeCloseTo(1, 0);
    // All that short wanted is less than half of three places.
    expect(short / 4500).toBeGreaterThan(1.4);
  });

  test("who sends the next call with the answer to the last gains nothing over those who wait in line", async () => {
    const simulation = new LineSimulation({ places: 1, maxQueue: undefined });
    for (let n = 0; n < 4; n += 1) for (let k = 0; k < 300; k += 1) simulation.come(call({ client: `c${n}`, timeoutMs: 60_000 }));
    const again = (): void => {
      const one = simulation.come(call({ at: simulation.clock.now(), client: "quick", timeoutMs: 60_000 }));
      const wait = (): void => {
        if (one.endedAt === undefined) simulation.clock.at(simulation.clock.now() + 1, wait);
        else again();
      };
      wait();
    };
    again();
    await simulation.clock.run(5000);
    const had = hadBy(simulation.begun, "quick");
    expect(had).toBeLessThanOrEqual(1.1 * 1000);
    expect(had).toBeGreaterThan(0.8 * 1000);
  });

  test("what nobody else wanted is no debt, and time without a wish no credit", async () => {
    const simulation = new LineSimulation({ places: 1, maxQueue: undefined });
    await simulation.run([
      ...stream(90, 2000, { client: "busy" }),
      ...Array.from({ length: 5 }, () => call({ at: 3000, client: "busy" })),
      ...Array.from({ length: 5 }, () => call({ at: 3000, client: "rested" })),
    ]);
    const last = order(simulation.begun.slice(-9));
    // One more of busy's had begun at once, while nobody waited.
    expect(last).toEqual(["busy", "rested", "busy", "rested", "busy", "rested", "busy", "rested", "rested"]);
  });

  test("where the line is full, the client that has most loses its newest", async () => {
    const simulation = new LineSimulation({ places: 1, maxQueue: 4 });
    await simulation.run([
      call({ client: "hog" }),
      ...Array.from({ length: 5 }, () => call({ at: 1, client: "hog" })),
      call({ at: 2, client: "small" }),
      call({ at: 2, client: "small" }),
      call({ at: 2, client: "small" }),
    ]);
    const states = simulation.calls.map(({ what, refused, begunAt }) => [what.client, refused ?? begunAt]);
    expect(states).toEqual([
      ["hog", 0],
      ["hog", 10],
      ["hog", 30],
      ["hog", "BENTO_OVERLOADED"],
      ["hog", "BENTO_OVERLOADED"],
      ["hog", "BENTO_OVERLOADED"],
      ["small", 20],
      ["small", 40],
      ["small", "BENTO_OVERLOADED"],
    ]);
  });
});

describe("priorities", () => {
  test("the more urgent go first, the others in the order in which they came", async () => {
    const simulation = new LineSimulation({ places: 1, maxQueue: undefined });
    const priorities = [5, 3, 7, 0, 3, 0];
    await simulation.run([
      call({ priority: 7, client: "first" }),
      ...priorities.map((priority, n) => call({ at: 1, priority, client: `${priority}.${n}` })),
    ]);
    expect(order(simulation.begun)).toEqual(["first", "0.3", "0.5", "3.1", "3.4", "5.0", "7.2"]);
  });

  test("a full line lets an urgent call in for the newest of the least urgent, and none in for them", async () => {
    const simulation = new LineSimulation({ places: 1, maxQueue: 2 });
    await simulation.run([
      call({}),
      call({ at: 1, priority: 5, client: "x" }),
      call({ at: 2, priority: 5, client: "y" }),
      call({ at: 3, priority: 6 }),
      call({ at: 4, priority: 1, client: "urgent" }),
      call({ at: 5, priority: 0, client: "most urgent" }),
      call({ at: 6, priority: 1, client: "late" }),
    ]);
    expect(order(simulation.begun)).toEqual(["a", "most urgent", "urgent"]);
    expect(simulation.calls.filter(({ refused }) => refused === "BENTO_OVERLOADED")).toHaveLength(4);
  });

  test("under overload the urgent are all answered, and the less urgent get what is left, in time or refused", async () => {
    const simulation = new LineSimulation({ places: 4, maxQueue: 200 });
    await simulation.run([
      ...stream(200, 6000, { client: "high", priority: 0, timeoutMs: 300 }),
      ...stream(1000, 6000, { client: "low", priority: 7, timeoutMs: 300 }),
    ]);
    const high = simulation.calls.filter(({ what }) => what.client === "high");
    const low = simulation.calls.filter(({ what }) => what.client === "low");
    expect(high.filter(({ isGood }) => !isGood).length / high.length).toBeLessThan(0.01);
    expect(low.filter(({ isGood }) => isGood).length / 6).toBeGreaterThan(0.95 * 200);
    // Nobody is left to find out alone that its time is over.
    expect(low.filter(({ isGood, refused }) => !isGood && refused === undefined).length / low.length).toBeLessThan(0.01);
  });

  test("where the urgent alone are too many, the less urgent have a sixteenth", async () => {
    const simulation = new LineSimulation({ places: 4, maxQueue: 1000 });
    await simulation.run([
      ...stream(1000, 6000, { client: "high", priority: 0, timeoutMs: 300 }),
      ...stream(300, 6000, { client: "low", priority: 5, timeoutMs: 300 }),
      ...stream(300, 6000, { client: "lowest", priority: 7, timeoutMs: 300 }),
    ]);
    const part = (client: string): number => hadBy(simulation.begun, client, 500, 6000) / 5500 / 4;
    expect(part("high")).toBeCloseTo(15 / 16, 1);
    expect(part("low") * 32).toBeCloseTo(1, 0);
    expect(part("lowest") * 32).toBeCloseTo(1, 0);
  });
});

describe("time", () => {
  test("at three times what can be done, as much is done as can be, and what begins ends in time", async () => {
    const simulation = new LineSimulation({ places: 4, maxQueue: 1000 });
    await simulation.run(stream(1200, 6000, { timeoutMs: 250 }));
    const good = simulation.calls.filter(({ isGood }) => isGood);
    expect(good.length / 6).toBeGreaterThan(0.97 * 400);
    expect(good.length / simulation.begun.length).toBeGreaterThan(0.99);
  });

  test("what could not begin in time is refused as it comes, once the pace of the line is known", async () => {
    const simulation = new LineSimulation({ places: 1, maxQueue: undefined });
    for (let n = 0; n < 40; n += 1) simulation.come(call({ timeoutMs: 60_000 }));
    await simulation.clock.run(200);
    const now = simulation.clock.now();
    // Twenty are before it, ten milliseconds each.
    expect(simulation.come(call({ at: now, timeoutMs: 100 })).refused).toBe("BENTO_OVERLOADED");
    expect(simulation.come(call({ at: now, timeoutMs: 400 })).refused).toBeUndefined();
    expect(simulation.come(call({ at: now, client: "new", timeoutMs: 100 })).refused).toBeUndefined();
  });

  test("a service that was slow for a while is not refused its callers for ever", async () => {
    const simulation = new LineSimulation({ places: 2, maxQueue: 100 });
    await simulation.run([
      ...stream(100, 2000, { runMs: 5000, timeoutMs: 300 }),
      ...stream(300, 4000, { runMs: 10, timeoutMs: 300 }).map((one) => ({ ...one, at: one.at + 8000 })),
    ]);
    const last = simulation.calls.filter(({ what }) => what.at >= 10_000);
    expect(last.filter(({ isGood }) => isGood).length / 2).toBeGreaterThan(0.9 * 200);
  });
});

test("clients that are made up take no room for long", async () => {
  const simulation = new LineSimulation({ places: 1, maxQueue: 50 });
  for (let n = 0; n < 20_000; n += 1) simulation.come(call({ at: simulation.clock.now(), client: `made up ${n}` }));
  expect(simulation.line.clients).toBeLessThan(2500);
  await simulation.clock.run();
  expect(simulation.line.waiting).toBe(0);
});
