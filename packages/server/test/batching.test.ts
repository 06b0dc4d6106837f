import { setTimeout as sleep } from "node:timers/promises";

import { api, defineService } from "@bento/sdk";
import { expect, test, vi } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { json } from "./doors.js";

const numbers = z.object({ x: z.array(z.number()) });

/** An app of one batchable endpoint, which notes the batches that it gets. */
async function doubling(change: (x: number[]) => unknown = (x) => x.map((n) => 2 * n), options = {}) {
  const batches: number[][] = [];
  const Doubling = defineService({
    name: "Doubling",
    apis: {
      double: api({ input: numbers, output: z.array(z.any()), batchable: true, maxBatchSize: 4, ...options }, async ({ x }) => {
        batches.push(x);
        await sleep(5);
        return change(x) as unknown[];
      }),
    },
  });
  const app = await createApp(Doubling);
  const ask = async (...x: number[]) => {
    const answer = await app.request("/double", json({ x }));
    return answer.status === 200 ? ((await answer.json()) as unknown) : answer.status;
  };
  return { app, ask, batches, [Symbol.asyncDispose]: () => app.close() };
}

test("calls are joined, each gets its own slice, and no batch is larger than it may be", async () => {
  await using service = await doubling();
  const answers = await Promise.all([service.ask(1), service.ask(2, 3), service.ask(4), service.ask(), service.ask(5, 6, 7)]);
  expect(answers).toEqual([[2], [4, 6], [8], [], [10, 12, 14]]);
  expect(service.batches.every((batch) => batch.length <= 4)).toBe(true);
  expect(service.batches.flat()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(service.batches.length).toBe(2);
});

test("a call that is larger than a batch is cut and put together again", async () => {
  await using service = await doubling();
  expect(await service.ask(1, 2, 3, 4, 5, 6, 7, 8, 9)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18]);
  expect(service.batches).toEqual([[1, 2, 3, 4], [5, 6, 7, 8], [9]]);
});

test("a method that throws for one item fails its caller alone", async () => {
  await using service = await doubling((x) => {
    if (x.includes(13)) throw new Error("unlucky");
    return x.map((n) => 2 * n);
  });
  expect(await Promise.all([service.ask(1), service.ask(13), service.ask(2)])).toEqual([[2], 500, [4]]);
});

test("of a large request that has failed, the rest takes no place from others", async () => {
  await using service = await doubling((x) => {
    if (x.includes(13)) throw new Error("unlucky");
    return x;
  });
  expect(await Promise.all([service.ask(13, 0, 0, 0, 0, 0), service.ask(1, 2, 3, 4)])).toEqual([500, [1, 2, 3, 4]]);
  expect(service.batches).toEqual([
    [13, 0, 0, 0],
    [1, 2, 3, 4],
  ]);
});

test("an item that is an error fails its caller alone", async () => {
  await using service = await doubling((x) => x.map((n) => (n === 13 ? new Error("unlucky") : n)));
  expect(await Promise.all([service.ask(1), service.ask(13), service.ask(2)])).toEqual([[1], 500, [2]]);
});

test("a method that returns too few or too many items for some is found out call by call, and the others are answered", async () => {
  await using service = await doubling((x) => (x.includes(13) ? [...x, 0] : x));
  expect(await Promise.all([service.ask(1), service.ask(13), service.ask(2, 3)])).toEqual([[1], 500, [2, 3]]);
});

test("arrays that do not agree on the number of items are the caller's mistake, told before anything runs", async () => {
  const seen: unknown[] = [];
  const Pairs = defineService({
    name: "Pairs",
    apis: {
      add: api(
        {
          input: z.object({ a: z.array(z.number()), b: z.array(z.number()), scale: z.number() }),
          output: z.array(z.number()),
          batchable: true,
        },
        ({ a, b, scale }) => {
          seen.push([a, b, scale]);
          return a.map((n, at) => scale * (n + (b[at] ?? 0)));
        },
      ),
    },
  });
  await using app = await createApp(Pairs);
  const ask = async (a: number[], b: number[], scale = 1) => app.request("/add", json({ a, b, scale }));
  const [right, wrong, scaled, more] = await Promise.all([ask([1], [2]), ask([1, 2], [3]), ask([1], [2], 10), ask([4], [5], 10)]);
  expect(await right?.json()).toEqual([3]);
  expect(wrong?.status).toBe(400);
  expect(await wrong?.text()).toContain('\\"a\\" holds 2 items but \\"b\\" holds 1');
  expect([await scaled?.json(), await more?.json()]).toEqual([[30], [90]]);
  // What differs in anything that is no array is never in one batch.
  expect(seen).toEqual([
    [[1], [2], 1],
    [[1, 4], [2, 5], 10],
  ]);
});

test("items of different shapes in one batch: who sent what the method cannot take hears of it, all others are answered", async () => {
  const batches: number[][][] = [];
  const Rows = defineService({
    name: "Rows",
    apis: {
      // As a model does, which takes one block of numbers.
      sum: api(
        { input: z.object({ rows: z.array(z.array(z.number())) }), output: z.array(z.number()), batchable: true },
        async ({ rows }) => {
          batches.push(rows);
          await sleep(5);
          if (rows.some((row) => row.length !== rows[0]?.length)) throw new Error("ragged");
          return rows.map((row) => row.reduce((sum, n) => sum + n, 0));
        },
      ),
    },
  });
  await using app = await createApp(Rows);
  const ask = async (...rows: number[][]) => {
    const answer = await app.request("/sum", json({ rows }));
    return answer.status === 200 ? ((await answer.json()) as unknown) : answer.status;
  };
  const answers = [ask([1, 2]), ask([1, 2, 3]), ask([1, 2], [3]), ask(), ask([3, 4], [5, 6])];
  expect(await Promise.all(answers)).toEqual([[3], [6], 500, [], [7, 11]]);
  expect(batches[0], "all began together").toHaveLength(6);
  expect(await ask(), "alone").toEqual([]);
});

test("items lie along another dimension, of the input or of the output alone", async () => {
  const Columns = defineService({
    name: "Columns",
    apis: {
      both: api(
        {
          input: z.object({ m: z.array(z.array(z.number())) }),
          output: z.array(z.array(z.number())),
          batchable: true,
          maxBatchSize: 4,
          batchDim: 1,
        },
        async ({ m }) => m.map((row) => row.map((n) => 10 * n)),
      ),
      output: api(
        { input: numbers, output: z.array(z.array(z.number())), batchable: true, maxBatchSize: 4, batchDim: [0, 1] },
        async ({ x }) => [x, x.map((n) => -n)],
      ),
    },
  });
  await using app = await createApp(Columns);
  const ask = async (path: string, input: unknown) => {
    const answer = await app.request(path, json(input));
    return answer.status === 200 ? ((await answer.json()) as unknown) : [answer.status, await answer.text()];
  };
  const both = [
    [[1], [2]],
    [
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 0],
    ],
    [[1], [2], [3]],
    [[], []],
    [],
  ].map(async (m) => ask("/both", { m }));
  const ragged = ask("/both", { m: [[1, 2], [3]] });
  expect(await Promise.all(both)).toEqual([
    [[10], [20]],
    [
      [10, 20, 30, 40, 50],
      [60, 70, 80, 90, 0],
    ],
    [[10], [20], [30]],
    [[], []],
    [],
  ]);
  expect(await ragged).toEqual([400, expect.stringContaining("ragged along dimension 1: a row of 2 and one of 1")]);
  const outputs = [[1], [2, 3, 4, 5, 6], []].map(async (x) => ask("/output", { x }));
  expect(await Promise.all(outputs)).toEqual([
    [[1], [-1]],
    [
      [2, 3, 4, 5, 6],
      [-2, -3, -4, -5, -6],
    ],
    [[], []],
  ]);
});

test("a caller who has left waits for nothing and holds nothing up; the others are answered", async () => {
  await using service = await doubling(undefined, { maxBatchSize: 1 });
  const leaving = new AbortController();
  const first = service.ask(1);
  const left = service.app.request("/double", { ...json({ x: [2] }), signal: leaving.signal });
  const last = service.ask(3);
  leaving.abort();
  expect((await left).status).toBe(499);
  expect(await Promise.all([first, last])).toEqual([[2], [6]]);
  expect(service.batches).toEqual([[1], [3]]);
});

test("a method that never returns costs its callers their time, and nobody else's", async () => {
  let calls = 0;
  const Hanging = defineService({
    name: "Hanging",
    traffic: { timeout: 0.2 },
    apis: {
      hang: api({ input: numbers, output: z.array(z.number()), batchable: true }, async ({ x }, ctx) => {
        calls += 1;
        if (x.includes(13)) await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
        return x;
      }),
    },
  });
  await using app = await createApp(Hanging);
  const ask = async (n: number) => (await app.request("/hang", json({ x: [n] }))).status;
  expect(await Promise.all([ask(13), ask(13)])).toEqual([504, 504]);
  expect(await ask(1)).toBe(200);
  expect(calls).toBe(2);
});

test("of more calls than may wait, the last are refused at once", async () => {
  const Narrow = defineService({
    name: "Narrow",
    traffic: { maxQueue: 2 },
    apis: {
      wait: api({ input: numbers, output: z.array(z.number()), batchable: true, maxBatchSize: 1 }, async ({ x }) => {
        begun();
        await open;
        return x;
      }),
    },
  });
  let begun = (): void => undefined;
  const isBegun = new Promise<void>((resolve) => (begun = resolve));
  let go = (): void => undefined;
  const open = new Promise<void>((resolve) => (go = resolve));
  await using app = await createApp(Narrow);
  const ask = async (n: number) => app.request("/wait", json({ x: [n] }));
  const first = ask(1);
  await isBegun;
  const waiting = [ask(2), ask(3)];
  const refused = await ask(4);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  go();
  expect((await Promise.all([first, ...waiting])).map(({ status }) => status)).toEqual([200, 200, 200]);
});

/** A service whose generator counts down for all of its callers at once, and what it was seen to do. */
function countdown() {
  const seen: string[] = [];
  const Countdown = defineService({
    name: "Countdown",
    apis: {
      count: api({ input: numbers, output: z.array(z.any()), batchable: true, maxBatchSize: 4 }, async function* ({ x }) {
        seen.push(`for ${x.length}`);
        try {
          for (let step = 1; step <= 3; step += 1) {
            if (x.includes(13)) throw new Error("unlucky");
            yield x.map((n) => (n === 7 && step === 2 ? new Error("enough") : n + step));
          }
        } finally {
          seen.push("done");
        }
      }),
    },
  });
  return { Countdown, seen };
}

const lines = (...x: number[]): RequestInit => ({
  ...json({ x }),
  headers: { "content-type": "application/json", accept: "application/jsonl" },
});

test("a generator works on a batch step by step, and each caller gets a stream of its own slices", async () => {
  const { Countdown, seen } = countdown();
  await using app = await createApp(Countdown);
  const texts = await Promise.all([[1], [10, 20]].map(async (x) => (await app.request("/count", lines(...x))).text()));
  expect(texts).toEqual(["[2]\n[3]\n[4]\n", "[11,21]\n[12,22]\n[13,23]\n"]);
  expect(seen).toEqual(["for 3", "done"]);
});

test("a step that fails for one caller ends its stream alone; a start that fails is found out caller by caller", async () => {
  const { Countdown } = countdown();
  await using app = await createApp(Countdown);
  const [one, seven, unlucky] = await Promise.all([1, 7, 13].map(async (n) => app.request("/count", lines(n))));
  expect(await one?.text()).toBe("[2]\n[3]\n[4]\n");
  await expect(seven?.text()).rejects.toThrow("enough");
  expect(unlucky?.status).toBe(500);
});

test("a stream may last longer than maxLatencyMs, which is the time to its first step", async () => {
  const Slow = defineService({
    name: "Slow",
    apis: {
      slow: api(
        { input: numbers, output: z.array(z.number()), batchable: true, maxBatchSize: 4, maxLatencyMs: 50 },
        async function* ({ x }) {
          yield x;
          await sleep(60);
          yield x;
        },
      ),
    },
  });
  await using app = await createApp(Slow);
  for (let round = 0; round < 8; round += 1) {
    const answer = await app.request("/slow", lines(round));
    expect([answer.status, await answer.text()]).toEqual([200, `[${round}]\n[${round}]\n`]);
  }
});

test("a caller that does not read its stream does not keep others from the method for ever", async () => {
  const Endless = defineService({
    name: "Endless",
    apis: {
      count: api({ input: numbers, output: z.array(z.number()), batchable: true, maxBatchSize: 1 }, async function* ({ x }) {
        for (let step = 0; x[0] === 1 || step < 3; step += 1) yield x.map((n) => n + step);
      }),
    },
  });
  await using app = await createApp(Endless);
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  try {
    const unread = await app.request("/count", lines(1));
    const waiting = app.request("/count", lines(5));
    // The second has to be in line.
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(12_000);
    expect(await (await waiting).text()).toBe("[5]\n[6]\n[7]\n");
    await expect(unread.text()).rejects.toThrow("too slowly");
  } finally {
    vi.useRealTimers();
  }
});

test("a batch whose callers have all left is ended; what is too large for one stream is refused", async () => {
  const { Countdown, seen } = countdown();
  await using app = await createApp(Countdown);
  const answers = await Promise.all([1, 2].map(async (n) => app.request("/count", lines(n))));
  await Promise.all(answers.map(async ({ body }) => body?.cancel()));
  await expect.poll(() => seen).toEqual(["for 2", "done"]);
  expect((await app.request("/count", lines(1, 2, 3, 4, 5))).status).toBe(400);
});
