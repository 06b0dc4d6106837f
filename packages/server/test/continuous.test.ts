import { setImmediate as nextTurn } from "node:timers/promises";

import { createClient } from "@bento/client";
import { api, type Context, defineService, getContext, type Sequence } from "@bento/sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp, serve } from "../src/index.js";
import { gate, json, LineLogger } from "./doors.js";

const Count = z.object({ to: z.number(), name: z.string().default("") });
type Count = z.output<typeof Count>;
type Counting = Sequence<Count, number>;

/** Emits the next number of each sequence, and ends those that are there. */
function count(sequences: readonly Counting[]): void {
  for (const sequence of sequences) {
    if (sequence.step < sequence.input.to) sequence.emit(sequence.step);
    if (sequence.step + 1 >= sequence.input.to) sequence.end();
  }
}

/** A call of the client is made when its answer is asked for. */
const start = (call: PromiseLike<number[]>): Promise<number[]> => {
  const answer = Promise.resolve(call);
  answer.catch(() => undefined);
  return answer;
};

/** For what a busy machine may take long for. */
const patient = { timeout: 30_000 };

const upTo = (to: number): number[] => Array.from({ length: to }, (_, n) => n);

interface Options {
  readonly maxBatchSize?: number;
  readonly traffic?: { timeout?: number; maxQueue?: number };
  readonly output?: z.ZodType<number, number>;
  readonly replay?: { items: number; seconds: number };
}

/** A service of one step-wise endpoint, over a socket, which notes for whom each step was. */
async function counting(step: (sequences: readonly Counting[], ctx: Context) => unknown = count, options: Options = {}) {
  const { maxBatchSize = 4, traffic = {}, output = z.number(), replay } = options;
  const steps: string[][] = [];
  const logger = new LineLogger();
  const Counter = defineService({
    name: "Counter",
    traffic,
    apis: {
      count: api(
        { input: Count, output, batchable: "continuous", maxBatchSize, ...(replay && { replay }) },
        async (sequences: readonly Counting[], ctx) => {
          steps.push(sequences.map(({ input }) => input.name));
          await nextTurn();
          await step(sequences, ctx);
        },
      ),
    },
  });
  const server = await serve(Counter, { port: 0, banner: false, accessLog: false, handleSignals: false, logger });
  const client = createClient<InstanceType<typeof Counter>>(server.url);
  return { server, client, steps, logger, url: server.url, [Symbol.asyncDispose]: () => server.close() };
}

describe("items", () => {
  test("each caller gets its own, in order, whatever the others are at", async () => {
    await using service = await counting();
    const lengths = Array.from({ length: 40 }, (_, at) => (at * 7) % 23);
    const answers = await Promise.all(lengths.map((to) => service.client.count({ to })));
    expect(answers).toEqual(lengths.map(upTo));
    expect(Math.max(...service.steps.map(({ length }) => length))).toBe(4);
  });

  test("one joins while others run, and another takes the place of one that has ended", async () => {
    const done = new Set<string>();
    await using service = await counting(
      (sequences) => {
        for (const sequence of sequences) {
          sequence.emit(sequence.step);
          if (done.has(sequence.input.name)) sequence.end();
        }
      },
      { maxBatchSize: 2 },
    );
    const isRunning = (...names: string[]) => expect.poll(() => service.steps.at(-1), patient).toEqual(names);
    const long = start(service.client.count({ to: 0, name: "long" }));
    await isRunning("long");
    const first = start(service.client.count({ to: 0, name: "first" }));
    await isRunning("long", "first");
    const second = start(service.client.count({ to: 0, name: "second" }));
    done.add("first");
    const firsts = await first;
    await isRunning("long", "second");
    done.add("second");
    const seconds = await second;
    await isRunning("long");
    done.add("long");
    expect([firsts, seconds, await long]).toEqual([firsts, seconds, service.steps].map(({ length }) => upTo(length)));
    expect([firsts, seconds].map(({ length }) => length)).toEqual(
      ["first", "second"].map((name) => service.steps.filter((names) => names.includes(name)).length),
    );
  });

  test.each(["text/event-stream", "application/jsonl", "*/*"])("go out as %s as they are emitted", async (accept) => {
    const held = gate();
    await using service = await counting(async (sequences) => {
      if (sequences[0]?.step === 1) await held.promise;
      count(sequences);
    });
    const response = await fetch(`${service.url}/count`, json({ to: 3 }, { accept }));
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const first = (await reader.read()).value;
    expect(first).toContain("0");
    held.open();
    let rest = "";
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest += piece.value;
    expect(rest).toContain("2");
  });

  test("several may be emitted in one step, or none", async () => {
    await using service = await counting((sequences) => {
      for (const sequence of sequences) {
        if (sequence.step % 2 === 1) for (const n of [1, 2, 3]) sequence.emit(n * sequence.step);
        if (sequence.step === 3) sequence.end();
      }
    });
    expect(await service.client.count({ to: 1 })).toEqual([1, 2, 3, 3, 6, 9]);
  });

  test("a sequence may end without any", async () => {
    await using service = await counting((sequences) => sequences.forEach((sequence) => sequence.end()));
    expect(await service.client.count({ to: 1 })).toEqual([]);
  });

  test("are checked against the output schema: the caller hears of it, the method that it is not wanted any more", async () => {
    const left: string[] = [];
    await using service = await counting(
      (sequences) => {
        for (const sequence of sequences) {
          if (sequence.step === 0) sequence.onLeave(() => left.push(sequence.input.name));
          sequence.emit(sequence.input.name === "wrong" && sequence.step === sequence.input.to ? 0.5 : 1);
          if (sequence.step === 5) sequence.end();
        }
      },
      { output: z.int() },
    );
    const [first, later, right] = await Promise.allSettled([
      service.client.count({ to: 0, name: "wrong" }),
      service.client.count({ to: 2, name: "wrong" }),
      service.client.count({ to: 3, name: "right" }),
    ]);
    expect(first).toMatchObject({ status: "rejected", reason: { code: "BENTO_OUTPUT_INVALID" } });
    expect(later).toMatchObject({ status: "rejected", reason: { code: "BENTO_OUTPUT_INVALID" } });
    expect(right).toEqual({ status: "fulfilled", value: [1, 1, 1, 1, 1, 1] });
    expect(left).toEqual(["wrong", "wrong", "right"]);
  });

  test("keep the method's state from step to step", async () => {
    const Words = defineService({
      name: "Words",
      apis: {
        words: api(
          { input: z.string(), output: z.string(), batchable: "continuous" },
          (sequences: readonly Sequence<string, string, string[]>[]) => {
            for (const sequence of sequences) {
              const left = (sequence.state ??= sequence.input.split(" "));
              sequence.emit(left.shift() as string);
              if (left.length === 0) sequence.end();
            }
          },
        ),
      },
    });
    await using app = await createApp(Words);
    const ask = async (text: string) =>
      (await app.request("/words", { ...json(text), headers: { "content-type": "text/plain" }, body: text })).text();
    expect(await Promise.all(["a b c", "d", "e f"].map(ask))).toEqual(["abc", "d", "ef"]);
  });
});

describe("failures", () => {
  test("what one sequence fails with its caller gets, after what was emitted for it", async () => {
    await using service = await counting((sequences) => {
      for (const sequence of sequences) {
        if (sequence.input.name === "bad" && sequence.step === 2) sequence.fail(new Error("no more"));
      }
      count(sequences);
    });
    const got: number[] = [];
    const bad = (async () => {
      for await (const n of service.client.count({ to: 5, name: "bad" })) got.push(n);
    })();
    const [failed, good] = await Promise.allSettled([bad, service.client.count({ to: 5, name: "good" })]);
    expect(failed).toMatchObject({ status: "rejected", reason: { code: "BENTO_INTERNAL" } });
    expect(got).toEqual([0, 1]);
    expect(good).toEqual({ status: "fulfilled", value: upTo(5) });
  });

  test("a step that throws fails all that were in it, once; those that come later run", async () => {
    let throws = true;
    await using service = await counting((sequences) => {
      if (throws && sequences.length === 2) throw new Error("out of order");
      count(sequences);
    });
    const [a, b] = await Promise.allSettled([service.client.count({ to: 500 }), service.client.count({ to: 500 })]);
    expect([a.status, b.status]).toEqual(["rejected", "rejected"]);
    throws = false;
    expect(await service.client.count({ to: 3 })).toEqual(upTo(3));
    expect(service.logger.lines.filter(({ level }) => level === "error").length).toBe(2);
  });

  test("before the first item a failure has its own status", async () => {
    await using service = await counting((sequences) => sequences.forEach((sequence) => sequence.fail(new TypeError("never"))));
    const answer = await fetch(`${service.url}/count`, json({ to: 1 }));
    expect(answer.status).toBe(500);
  });

  test("an input that is not valid is refused before it joins", async () => {
    await using service = await counting();
    const answer = await fetch(`${service.url}/count`, json({ to: "x" }));
    expect(answer.status).toBe(400);
    expect(service.steps).toEqual([]);
  });

  test("a method that returns an iterator is told so, and does not spin for ever", async () => {
    const Wrong = defineService({
      name: "Wrong",
      apis: { step: { options: { input: z.string(), batchable: "continuous" }, handler: () => [1].values() } },
    });
    const logger = new LineLogger();
    await using app = await createApp(Wrong, { logger });
    expect((await app.request("/step", json("a"))).status).toBe(500);
    expect(JSON.stringify(logger.lines.map(({ fields }) => String(fields["err"])))).toContain("returned an iterator");
  });

  test("what onLeave throws is logged, and touches nobody", async () => {
    await using service = await counting((sequences) => {
      for (const sequence of sequences) {
        if (sequence.step > 0) continue;
        sequence.onLeave(() => {
          throw new Error("could not let go");
        });
        sequence.onLeave(async () => Promise.reject(new Error("nor later")));
      }
      count(sequences);
    });
    expect(await service.client.count({ to: 2 })).toEqual(upTo(2));
    await expect.poll(() => service.logger.lines.filter(({ level }) => level === "error").length, patient).toBe(2);
  });
});

describe("leaving", () => {
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
});

test("a step has a context of its own, each sequence that of its call", async () => {
  const seen: unknown[] = [];
  const Who = defineService({
    name: "Who",
    apis: {
      who: api({ input: z.string(), output: z.string(), batchable: "continuous" }, (sequences, ctx) => {
        expect(getContext()).toBe(ctx);
        seen.push(ctx.identity);
        for (const sequence of sequences) {
          sequence.context.response.headers.set("x-who", sequence.input);
          sequence.emit(String(sequence.context.identity?.id));
          sequence.end();
        }
      }),
    },
  });
  await using app = await createApp(Who, { auth: { tokens: { ann: "a", bob: "b" } } });
  const ask = async (token: string, text: string) => {
    const answer = await app.request("/who", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "text/plain" },
      body: text,
    });
    return [await answer.text(), answer.headers.get("x-who")];
  };
  expect(await Promise.all([ask("a", "1"), ask("b", "2")])).toEqual([
    ["ann", "1"],
    ["bob", "2"],
  ]);
  expect(new Set(seen)).toEqual(new Set([undefined]));
});

test("streams of sequences are kept and resumed where the endpoint asks for that", async () => {
  await using service = await counting(count, { replay: { items: 100, seconds: 30 } });
  const events = { accept: "text/event-stream" };
  const leaving = new AbortController();
  const response = await fetch(`${service.url}/count`, { ...json({ to: 60 }, events), signal: leaving.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const id = /id: ?(?<id>\S+)/.exec((await reader.read()).value ?? "")?.groups?.["id"] ?? "";
  leaving.abort();
  await reader.cancel().catch(() => undefined);
  const resumed = await fetch(`${service.url}/count`, { method: "POST", headers: { ...events, "last-event-id": id } });
  const text = await resumed.text();
  const data = [...text.matchAll(/^data: ?(.+)$/gm)].map(([, value]) => value);
  expect(data.slice(0, 59)).toEqual(upTo(60).slice(1).map(String));
});
