import { api, defineService, getContext, type Sequence } from "@bento/sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { count, counting, patient, start, upTo } from "./counting.js";
import { json, LineLogger } from "./doors.js";
import { gate } from "./gate.js";

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

test("each step is counted as a batch, of as many requests as sequences were in it", async () => {
  await using service = await counting();
  await Promise.all([3, 5, 4].map((to) => service.client.count({ to })));
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  const figure = (name: string) => Number(new RegExp(`^bentoml_service_${name}\\{[^}]*"count"[^}]*\\} (\\S+)$`, "m").exec(metrics)?.[1]);
  expect(figure("adaptive_batch_size_count")).toBe(service.steps.length);
  expect(figure("adaptive_batch_size_sum")).toBe(12);
});
