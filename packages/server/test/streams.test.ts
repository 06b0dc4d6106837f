import { setTimeout as sleep } from "node:timers/promises";

import { createClient } from "@bento/client";
import { EventStreamParser } from "@bento/core";
import { api, getContext, service } from "@bento/sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { doors, json, LineLogger, open } from "./doors.js";
import { gate } from "./gate.js";

let finished = gate<string>();
let produced = 0;
let turns = 0;
let babbled = 0;

@service({ name: "streams" })
class Streams {
  @api({ input: z.object({ text: z.string() }), output: z.string() })
  async *words({ text }: { text: string }) {
    for (const word of text.split(" ").filter(Boolean)) yield word;
  }

  @api({ input: z.object({ n: z.number() }), output: z.number() })
  *squares({ n }: { n: number }) {
    for (let i = 0; i < n; i++) yield i * i;
  }

  @api({ input: z.object({}), output: z.object({ id: z.number(), text: z.string() }) })
  async *tokens() {
    yield { id: 0, text: "a\nb" };
    yield { id: 1, text: getContext().requestId.length.toString() };
  }

  /** Without an output schema, each item goes as what it is. */
  @api({ input: z.object({}) })
  async *anything(): AsyncGenerator<string | Uint8Array | number | null> {
    yield "é";
    yield Buffer.from([0xff, 0, 0x0a]);
    yield new Uint8Array();
    yield Uint8Array.of(1, 65, 66).subarray(1);
    yield 1;
    yield null;
  }

  @api({ input: z.object({ at: z.number() }), output: z.number() })
  async *failing({ at }: { at: number }) {
    for (let i = 0; i < 3; i++) {
      if (i === at) throw new Error("secret detail");
      yield i;
    }
  }

  @api({ input: z.object({}), output: z.number() })
  async *wrong() {
    try {
      yield 1;
      yield "two" as never;
    } finally {
      finished.open("wrong");
    }
  }

  @api({ input: z.object({}), output: z.string() })
  async *endless() {
    try {
      for (produced = 0; ; produced++) yield "x".repeat(100_000);
    } finally {
      finished.open("endless");
    }
  }

  @api({ input: z.object({}), output: z.string() })
  async *babbling() {
    turns = 0;
    for (let i = 0; i < 50_000; i++) yield "x";
    babbled = turns;
  }

  @api({ input: z.object({}), output: z.string() })
  async *waiting() {
    const { signal } = getContext();
    try {
      yield "first";
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield "too late";
    } finally {
      finished.open(`waiting ${signal.aborted}`);
    }
  }
}

/** Hands its signal on, as whatever takes long should, or fails of something else while it ends. */
@service({ name: "patient" })
class Patient {
  @api({ input: z.object({ spoils: z.boolean() }), output: z.string() })
  async *tell({ spoils }: { spoils: boolean }) {
    try {
      yield "first";
      await sleep(60_000, undefined, { signal: getContext().signal });
    } finally {
      finished.open("ended");
      // oxlint-disable-next-line no-unsafe-finally -- what a method should not do, and must not be lost
      if (spoils) throw new Error("secret detail");
    }
  }
}

/** Plain methods that give items all the same: only the values know. */
@service({ name: "strays" })
class Strays {
  @api({ input: z.object({}) })
  generator(): unknown {
    return (function* () {
      yield 1;
    })();
  }

  @api({ input: z.object({}), output: z.any() })
  async asynchronous() {
    const items = async function* () {
      yield 1;
    };
    return items() as unknown;
  }

  @api({ input: z.object({}), output: z.any() })
  readable(): unknown {
    return new ReadableStream({ cancel: () => finished.open("cancelled") });
  }

  @api({ input: z.object({}), output: z.array(z.number()) })
  list() {
    return [1, 2];
  }

  @api({ input: z.object({}), output: z.number(), stream: true })
  said(): AsyncGenerator<number> {
    return (async function* () {
      yield 1;
      yield 2;
    })();
  }
}

const accepting = (value: unknown, accept: string): RequestInit => json(value, { accept });

describe.each(doors)("by %s", (door) => {
  test.each([
    ["/words", { text: "the quick fox" }, "thequickfox"],
    ["/words", { text: "" }, ""],
    ["/squares", { n: 4 }, "0149"],
    ["/tokens", {}, '{"id":0,"text":"a\\nb"}{"id":1,"text":"16"}'],
  ])("%s is BentoML's raw chunks unless asked otherwise", async (path, input, body) => {
    await using streams = await open(door, Streams);
    const response = await streams.fetch(path, json(input));
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    expect(await response.text()).toBe(body);
  });

  test("events, for who accepts them", async () => {
    await using streams = await open(door, Streams);
    const response = await streams.fetch("/tokens", accepting({}, "text/event-stream"));
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream.*framing=bento/);
    const events = new EventStreamParser().push(await response.text());
    expect(events.map(({ event, data, id }) => [event, JSON.parse(data), id])).toEqual([
      ["message", { id: 0, text: "a\nb" }, "0"],
      ["message", { id: 1, text: "16" }, "1"],
      ["end", null, "1"],
    ]);
  });

  test("JSON lines, for who accepts them", async () => {
    await using streams = await open(door, Streams);
    const response = await streams.fetch("/words", accepting({ text: "a b" }, "application/jsonl"));
    expect([response.headers.get("content-type"), await response.text()]).toEqual(["application/jsonl; charset=utf-8", '"a"\n"b"\n']);
  });

  test("an error before the first item still has its status", async () => {
    await using streams = await open(door, Streams);
    const response = await streams.fetch("/failing", accepting({ at: 0 }, "text/event-stream"));
    expect(response.status).toBe(500);
    expect((await streams.fetch("/words", json({}))).status).toBe(400);
  });

  test("an error in the middle is an event, and in the log", async () => {
    const logger = new LineLogger();
    await using streams = await open(door, Streams, { logger });
    const response = await streams.fetch("/failing", accepting({ at: 2 }, "text/event-stream"));
    const events = new EventStreamParser().push(await response.text());
    expect(events.map(({ event }) => event)).toEqual(["message", "message", "error"]);
    expect(events.at(-1)?.data).not.toContain("secret");
    expect(logger.lines.some(({ level, message }) => level === "error" && message.includes("secret detail"))).toBe(true);
  });

  test.each(["*/*", "application/jsonl"])("an error in the middle breaks off what has no framing: %s", async (accept) => {
    await using streams = await open(door, Streams);
    const response = await streams.fetch("/failing", accepting({ at: 1 }, accept));
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    // What came before is there.
    expect(new TextDecoder().decode((await reader?.read())?.value).trim()).toBe("0");
    await expect(reader?.read()).rejects.toBeInstanceOf(Error);
    expect(await (await streams.fetch("/words", json({ text: "still here" }))).text()).toBe("stillhere");
  });

  test("an item that its schema forbids ends the generator", async () => {
    finished = gate();
    await using streams = await open(door, Streams);
    const response = await streams.fetch("/wrong", accepting({}, "text/event-stream"));
    expect(await response.text()).toContain("BENTO_OUTPUT_INVALID");
    expect(await finished.promise).toBe("wrong");
  });

  test("a reader that leaves ends the generator, also while it waits", async () => {
    await using streams = await open(door, Streams);
    for (const [path, outcome] of [
      ["/endless", "endless"],
      ["/waiting", "waiting true"],
    ] as const) {
      finished = gate();
      const response = await streams.fetch(path, json({}));
      const reader = response.body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      await reader?.cancel();
      expect(await finished.promise).toBe(outcome);
    }
  });

  test.each([false, true])(
    "a method that ends because its signal was aborted has not failed: with a failure of its own %s",
    async (spoils) => {
      finished = gate();
      const logger = new LineLogger();
      await using patient = await open(door, Patient, { logger });
      const response = await patient.fetch("/tell", json({ spoils }));
      const reader = response.body?.getReader();
      await reader?.read();
      // In process it is the reader itself who is told of what goes wrong while it leaves.
      const told = await reader?.cancel().catch((error: unknown) => (error as Error).message);
      expect(await finished.promise).toBe("ended");
      await patient[Symbol.asyncDispose]();
      const failures = logger.lines.filter(({ level }) => level === "error").map(({ message }) => message);
      expect([told, ...failures].filter((message) => message !== undefined)).toEqual(spoils ? ["secret detail"] : []);
    },
  );

  test("others have their turns while a stream has always more to say", async () => {
    await using streams = await open(door, Streams);
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const response = await streams.fetch("/babbling", json({}));
    expect((await response.text()).length).toBe(50_000);
    isOver = true;
    expect(babbled).toBeGreaterThan(3);
  });

  test("a reader that waits holds the generator back", async () => {
    finished = gate();
    await using streams = await open(door, Streams);
    const response = await streams.fetch("/endless", json({}));
    const reader = response.body?.getReader();
    await reader?.read();
    let before = -1;
    while (before !== produced) {
      before = produced;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(produced).toBeLessThan(2000);
    await reader?.cancel();
    await finished.promise;
  });

  test("an iterator of a method that is not said to stream is refused, and ended", async () => {
    finished = gate();
    await using strays = await open(door, Strays);
    for (const path of ["/generator", "/asynchronous", "/readable"]) {
      const refused = await strays.fetch(path, json({}));
      expect([path, refused.status, await refused.text()]).toEqual([
        path,
        500,
        expect.stringMatching(/returned an iterator.*stream: true/s),
      ]);
    }
    expect(await finished.promise).toBe("cancelled");
    expect(await (await strays.fetch("/list", json({}))).text()).toBe("[1,2]");
    expect(await (await strays.fetch("/said", json({}))).text()).toBe("12");
  });

  test("without an output schema texts, bytes and all else go as they are", async () => {
    await using streams = await open(door, Streams);
    const answer = async (accept: string) => streams.fetch("/anything", json({}, { accept }));
    const raw = new Uint8Array(await (await answer("*/*")).arrayBuffer());
    expect(raw).toEqual(Uint8Array.of(...Buffer.from("é"), 0xff, 0, 0x0a, 65, 66, ...Buffer.from("1null")));
    expect(await (await answer("application/jsonl")).text()).toBe('"é"\n"/wAK"\n""\n"QUI="\n1\nnull\n');
    const client = createClient<Streams>("http://localhost", { fetch: (url, init) => streams.fetch(new URL(url).pathname, init) });
    expect(await client.anything()).toEqual(["é", Uint8Array.of(0xff, 0, 0x0a), new Uint8Array(), Uint8Array.of(65, 66), 1, null]);
  });

  test("its finally runs within 100 ms of a disconnect", async () => {
    await using streams = await open(door, Streams);
    const delays: number[] = [];
    for (let round = 0; round < 5; round++) {
      finished = gate();
      const leaving = new AbortController();
      const response = await streams.fetch("/waiting", { ...json({}), signal: leaving.signal });
      const reader = response.body?.getReader();
      await reader?.read();
      const from = performance.now();
      if (door === "socket") leaving.abort();
      else await reader?.cancel();
      await finished.promise;
      delays.push(performance.now() - from);
    }
    // The machine may have other things to do for a moment.
    expect(delays.toSorted((a, b) => a - b)[2]).toBeLessThan(100);
  });
});
