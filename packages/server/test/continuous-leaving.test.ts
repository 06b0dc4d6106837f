import { setImmediate as nextTurn } from "node:timers/promises";

import { api, defineService } from "@bento/sdk";
import { expect, test } from "vitest";
import { z } from "zod";

import { serve } from "../src/index.js";
import { Count, count, counting, patient, upTo } from "./counting.js";
import { json, LineLogger } from "./doors.js";
import { gate } from "./gate.js";

test("a caller that disconnects takes part in no further step, and is cleaned up after", async () => {
  const left: number[] = [];
  let inStep = false;
  const signals: AbortSignal[] = [];
  await using service = await counting(async (sequences) => {
    inStep = true;
    for (const sequence of sequences) {
      if (sequence.step === 0) {
        signals.push(sequence.signal);
        sequence.onLeave(() => {
          expect(inStep).toBe(false);
          left.push(sequence.step);
        });
      }
      sequence.emit(sequence.step);
    }
    await nextTurn();
    inStep = false;
  });
  const leaving = new AbortController();
  const response = await fetch(`${service.url}/count`, { ...json({ to: 1, name: "gone" }), signal: leaving.signal });
  await response.body!.getReader().read();
  leaving.abort();
  await expect.poll(() => left.length, patient).toBe(1);
  expect(signals[0]?.aborted).toBe(true);
  const { length } = service.steps;
  expect(length).toBe(left[0]);
  await nextTurn();
  await nextTurn();
  expect(service.steps.length).toBe(length);
});

test("one that has ended is cleaned up once, its signal untouched", async () => {
  const left: string[] = [];
  let signal: AbortSignal | undefined;
  await using service = await counting((sequences) => {
    for (const sequence of sequences) {
      signal = sequence.signal;
      if (sequence.step === 0) {
        sequence.onLeave(() => left.push("first"));
        sequence.onLeave(() => left.push("second"));
      }
    }
    count(sequences);
  });
  expect(await service.client.count({ to: 2 })).toEqual(upTo(2));
  expect(left).toEqual(["first", "second"]);
  expect(signal?.aborted).toBe(false);
});

test("a step that does not come back: callers get their 504, its signal is aborted, and nothing runs beside it", async () => {
  const held = gate();
  let aborted: unknown;
  await using service = await counting(async (sequences, ctx) => {
    if (sequences[0]?.input.name === "stuck") {
      ctx.signal.addEventListener("abort", () => (aborted = ctx.signal.reason));
      await held.promise;
    }
    count(sequences);
  });
  const ask = (name: string) => fetch(`${service.url}/count`, json({ to: 2, name }, { "x-request-timeout": "0.5" }));
  const stuck = ask("stuck");
  await expect.poll(() => service.steps.length, patient).toBe(1);
  const late = ask("late");
  expect((await Promise.all([stuck, late])).map(({ status }) => status)).toEqual([504, 504]);
  expect(aborted).toMatchObject({ code: "BENTO_TIMEOUT" });
  expect(service.steps).toEqual([["stuck"]]);
  held.open();
  expect(await service.client.count({ to: 2, name: "next" })).toEqual(upTo(2));
  expect(service.steps).toEqual([["stuck"], ["next"], ["next"]]);
});

test("one that never emits is bounded by its deadline, and the others go on", async () => {
  await using service = await counting((sequences) => {
    for (const sequence of sequences) if (sequence.input.name !== "silent") count([sequence]);
  });
  const silent = fetch(`${service.url}/count`, json({ to: 1, name: "silent" }, { "x-request-timeout": "0.5" }));
  expect(await service.client.count({ to: 200, name: "other" })).toEqual(upTo(200));
  expect((await silent).status).toBe(504);
});

test("who waits for a place: in order, as many as may, never begun too late, and gone when cancelled", async () => {
  const held = gate();
  await using service = await counting(
    async (sequences) => {
      if (sequences[0]?.input.name === "first") await held.promise;
      count(sequences);
    },
    { maxBatchSize: 1, traffic: { maxQueue: 3 } },
  );
  const ask = async (name: string, patience = "30", init: RequestInit = {}) =>
    service.server.app.request("/count", { ...json({ to: 1, name }, { "x-request-timeout": patience }), ...init });
  const first = ask("first");
  await expect.poll(() => service.steps.length, patient).toBe(1);
  const leaving = new AbortController();
  const waiting = [ask("gone", "30", { signal: leaving.signal }), ask("impatient", "0.1"), ask("second")];
  expect((await ask("too many")).status).toBe(503);
  expect((await waiting[1])?.status).toBe(504);
  waiting.push(ask("third"));
  expect((await ask("too many")).status).toBe(503);
  leaving.abort();
  waiting.push(ask("fourth"));
  expect((await ask("too many")).status).toBe(503);
  held.open();
  expect((await first).status).toBe(200);
  expect((await Promise.all(waiting.slice(2))).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(service.steps).toEqual([["first"], ["second"], ["third"], ["fourth"]]);
});

test("a reader far behind is left out of the steps until it reads; the others go on", async () => {
  const total = 20_000;
  let most = 0;
  const Wide = defineService({
    name: "Wide",
    apis: {
      texts: api({ input: Count, output: z.string(), batchable: "continuous" }, (sequences) => {
        for (const sequence of sequences) {
          if (sequence.input.name === "slow") most = sequence.step;
          sequence.emit(`${sequence.step} `.padEnd(1000, "-"));
          if (sequence.step + 1 === sequence.input.to) sequence.end();
        }
      }),
    },
  });
  await using server = await serve(Wide, { port: 0, banner: false, accessLog: false, handleSignals: false, logger: new LineLogger() });
  const ask = (to: number, name: string) => fetch(`${server.url}/texts`, json({ to, name }, { accept: "application/jsonl" }));
  const numbers = async (response: Response) =>
    (await response.text())
      .trim()
      .split("\n")
      .map((line) => Number.parseInt(line.slice(1)));
  const slow = await ask(total, "slow");
  expect(await numbers(await ask(500, "quick"))).toEqual(upTo(500));
  // What fits the sockets on both sides has gone out; then it stands still.
  let before = -1;
  const standsStill = () => {
    const found = most === before;
    before = most;
    return found;
  };
  await expect.poll(standsStill, { interval: 200, timeout: 30_000 }).toBe(true);
  expect(most).toBeLessThan(total - 1);
  expect(await numbers(slow)).toEqual(upTo(total));
});

test("the shutdown breaks off what runs and what waits", async () => {
  const left: string[] = [];
  const Endless = defineService({
    name: "Endless",
    apis: {
      count: api({ input: Count, output: z.number(), batchable: "continuous", maxBatchSize: 1 }, async (sequences) => {
        await nextTurn();
        for (const sequence of sequences) {
          if (sequence.step === 0) sequence.onLeave(() => left.push(sequence.input.name));
          sequence.emit(sequence.step);
        }
      }),
    },
  });
  const server = await serve(Endless, {
    port: 0,
    banner: false,
    accessLog: false,
    handleSignals: false,
    drainTimeoutMs: 100,
    logger: new LineLogger(),
  });
  const runs = await fetch(`${server.url}/count`, json({ to: 1, name: "runs" }));
  const waits = fetch(`${server.url}/count`, json({ to: 1, name: "waits" })).then(
    ({ status }) => status,
    () => "broken off",
  );
  await server.close();
  await expect(runs.text()).rejects.toThrow("terminated");
  expect([503, "broken off"]).toContain(await waits);
  expect(left).toEqual(["runs"]);
});
