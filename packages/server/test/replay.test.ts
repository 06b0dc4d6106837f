import { EventStreamParser } from "@bento/core";
import { api, getContext, service } from "@bento/sdk";
import { expect, test } from "vitest";
import { z } from "zod";

import { doors, json, open, type Door } from "./doors.js";
import { gate } from "./gate.js";

/** Lets the generator of a test go on by one item. */
let steps: ReturnType<typeof gate<void>>[] = [];
let begun = gate();
let ended = gate<string>();
let produced = 0;

@service({ name: "replays" })
class Replays {
  /** Items that come when the test says so. */
  @api({ input: z.object({ to: z.number() }), output: z.number(), replay: { items: 4, seconds: 20 } })
  async *stepped({ to }: { to: number }) {
    try {
      for (let n = 0; n < to; n++) {
        await steps[n]?.promise;
        yield n;
      }
    } finally {
      ended.open(`${getContext().signal.aborted}`);
    }
  }

  /** As many as are asked for, at once. */
  @api({ input: z.object({ to: z.number() }), output: z.number(), replay: { items: 4, seconds: 20 } })
  async *counted({ to }: { to: number }) {
    try {
      for (produced = 0; produced < to; produced++) yield produced;
    } finally {
      ended.open(`${getContext().signal.aborted}`);
    }
  }

  /** Each item as long as a hundred of the others. */
  @api({ input: z.object({ to: z.number() }), output: z.string(), replay: { bytes: 5000, seconds: 20 } })
  async *heavy({ to }: { to: number }) {
    try {
      for (produced = 0; produced < to; produced++) yield `${produced}${"ä".repeat(450)}`;
    } finally {
      ended.open(`${getContext().signal.aborted}`);
    }
  }

  @api({ input: z.object({}), output: z.number(), replay: { seconds: 0.05 } })
  async *impatient() {
    const { signal } = getContext();
    try {
      yield 0;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    } finally {
      ended.open(`${signal.aborted}`);
    }
  }

  @api({ input: z.object({}), output: z.number(), replay: {} })
  async *unhurried() {
    const { signal } = getContext();
    begun.open();
    try {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield 0;
    } finally {
      ended.open(`${signal.aborted}`);
    }
  }

  @api({ input: z.object({}), output: z.number(), replay: {} })
  async *failing() {
    yield 0;
    throw new Error("secret");
  }

  @api({ input: z.object({}), output: z.number() })
  async *forgetful() {
    yield 0;
  }
}

function prepare(count: number): void {
  steps = Array.from({ length: count }, () => gate());
  begun = gate();
  ended = gate();
}

const events = { accept: "text/event-stream" };

/** The events of an answer, read one by one. */
class Reading {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #parser = new EventStreamParser();
  readonly #found: { event: string; data: string; id: string }[] = [];
  lastId = "";

  constructor(response: Response) {
    expect(response.status).toBe(200);
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  async next(): Promise<unknown> {
    while (this.#found.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return "cut";
      this.#found.push(...this.#parser.push(new TextDecoder().decode(value)));
    }
    const { event, data, id } = this.#found.shift() as { event: string; data: string; id: string };
    this.lastId = id;
    return event === "message" ? JSON.parse(data) : event;
  }

  async rest(): Promise<unknown[]> {
    const all: unknown[] = [];
    for (let item = await this.next(); item !== "cut"; item = await this.next()) all.push(item);
    return all;
  }

  async cut(): Promise<void> {
    await this.#reader.cancel();
  }
}

const begin = async (door: Door, path: string, input: object) => new Reading(await door.fetch(path, json(input, events)));
const resume = (door: Door, path: string, id: string, headers: object = {}) =>
  door.fetch(path, { method: "POST", headers: { ...events, ...headers, "last-event-id": id } });

for (const kind of doors) {
  test(`what came after the last event is sent again, and what comes, by ${kind}`, async () => {
    prepare(6);
    await using door = await open(kind, Replays);
    for (const at of [0, 1, 2]) steps[at]?.open();
    const first = await begin(door, "/stepped", { to: 6 });
    expect([await first.next(), await first.next()]).toEqual([0, 1]);
    const { lastId } = first;
    expect(lastId).toMatch(/^[0-9a-f]{16}-1$/);
    await first.cut();
    steps[3]?.open();
    const second = new Reading(await resume(door, "/stepped", lastId));
    expect([await second.next(), await second.next()]).toEqual([2, 3]);
    steps[4]?.open();
    steps[5]?.open();
    expect(await second.rest()).toEqual([4, 5, "end"]);
    expect(await ended.promise).toBe("false");
    // Also when all is over, the end may not have arrived.
    expect(await new Reading(await resume(door, "/stepped", second.lastId)).rest()).toEqual(["end"]);
    const third = lastId.replace(/1$/, "2");
    expect(await new Reading(await resume(door, "/stepped", third)).rest()).toEqual([3, 4, 5, "end"]);
  });

  test(`whoever comes back breaks off who read before, by ${kind}`, async () => {
    prepare(3);
    await using door = await open(kind, Replays);
    steps[0]?.open();
    const first = await begin(door, "/stepped", { to: 3 });
    await first.next();
    const waiting = first.next().catch(() => "broken");
    const second = new Reading(await resume(door, "/stepped", first.lastId));
    expect(await waiting).toBe("broken");
    steps[1]?.open();
    steps[2]?.open();
    expect(await second.rest()).toEqual([1, 2, "end"]);
  });

  test(`without a reader the method goes on until so many items wait, and loses none, by ${kind}`, async () => {
    prepare(0);
    await using door = await open(kind, Replays);
    const first = await begin(door, "/counted", { to: 1000 });
    for (let n = 0; n < 3; n++) expect(await first.next()).toBe(n);
    const { lastId } = first;
    await first.cut();
    // A socket takes many before anyone reads them; without one it is exact: three that were read, and four ahead.
    if (kind === "request") {
      await expect.poll(() => produced).toBe(6);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(produced).toBe(6);
      const second = new Reading(await resume(door, "/counted", lastId));
      expect(await second.rest()).toEqual([...Array.from({ length: 997 }, (_, n) => n + 3), "end"]);
    }
  });

  test(`what is not kept any more is gone, by ${kind}`, async () => {
    prepare(0);
    await using door = await open(kind, Replays);
    const first = await begin(door, "/counted", { to: 100 });
    expect(await first.next()).toBe(0);
    const { lastId } = first;
    await first.rest();
    const stream = lastId.slice(0, 16);
    for (const id of [lastId, `${stream}-101`, `${"0".repeat(16)}-0`, "7", "x".repeat(500)]) {
      const refused = await resume(door, "/counted", id);
      expect(refused.status).toBe(410);
      expect(await refused.text()).toContain("BENTO_STREAM_GONE");
    }
    expect((await resume(door, "/stepped", `${stream}-99`)).status).toBe(410);
    expect(await new Reading(await resume(door, "/counted", `${stream}-98`)).rest()).toEqual([99, "end"]);
  });

  test(`nobody who comes back in time ends the method, by ${kind}`, async () => {
    prepare(0);
    await using door = await open(kind, Replays);
    const first = await begin(door, "/impatient", {});
    expect(await first.next()).toBe(0);
    await first.cut();
    expect(await ended.promise).toBe("true");
    expect((await resume(door, "/impatient", first.lastId)).status).toBe(410);
  });

  test(`a caller that wants no more says so, and the method ends at once, by ${kind}`, async () => {
    prepare(2);
    await using door = await open(kind, Replays);
    steps[0]?.open();
    const first = await begin(door, "/stepped", { to: 2 });
    await first.next();
    const last = first.next().catch(() => "broken");
    const left = await door.fetch("/stepped", { method: "DELETE", headers: { "last-event-id": first.lastId } });
    expect(left.status).toBe(204);
    expect(await last).toBe("broken");
    steps[1]?.open();
    expect(await ended.promise).toBe("true");
    expect((await resume(door, "/stepped", first.lastId)).status).toBe(410);
  });

  test(`a failure in the middle is there for who comes back, by ${kind}`, async () => {
    await using door = await open(kind, Replays);
    const first = await begin(door, "/failing", {});
    await first.next();
    const { lastId } = first;
    await first.cut();
    expect(await new Reading(await resume(door, "/failing", lastId)).rest()).toEqual(["error"]);
  });

  test(`another caller does not get it, by ${kind}`, async () => {
    prepare(2);
    const auth = (request: { readonly headers: Headers }) => {
      const id = request.headers.get("x-user");
      return id === null ? null : { id };
    };
    await using door = await open(kind, Replays, { auth });
    steps[0]?.open();
    const first = new Reading(await door.fetch("/stepped", json({ to: 2 }, { ...events, "x-user": "ada" })));
    await first.next();
    expect((await resume(door, "/stepped", first.lastId)).status).toBe(401);
    expect((await resume(door, "/stepped", first.lastId, { "x-user": "bob" })).status).toBe(410);
    const leaving = { method: "DELETE", headers: { "last-event-id": first.lastId, "x-user": "bob" } };
    expect((await door.fetch("/stepped", leaving)).status).toBe(410);
    steps[1]?.open();
    expect(await first.rest()).toEqual([1, "end"]);
  });

  test(`closing ends streams that nobody reads, by ${kind}`, async () => {
    prepare(2);
    {
      await using door = await open(kind, Replays);
      steps[0]?.open();
      const first = await begin(door, "/stepped", { to: 2 });
      await first.next();
      await first.cut();
    }
    steps[1]?.open();
    expect(await ended.promise).toBe("true");
  });
}

test("what is kept is bounded by its bytes as well, and none of it is lost", async () => {
  prepare(0);
  await using door = await open("request", Replays);
  const first = await begin(door, "/heavy", { to: 40 });
  expect(await first.next()).toMatch(/^0ä/);
  const { lastId } = first;
  await first.cut();
  // Five of nine hundred bytes are less than may wait, six are more.
  await expect.poll(() => produced).toBe(6);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(produced).toBe(6);
  const second = new Reading(await resume(door, "/heavy", lastId));
  const rest = await second.rest();
  expect(rest).toHaveLength(40);
  expect(rest.slice(0, -1).map((item) => Number.parseInt(item as string, 10))).toEqual(Array.from({ length: 39 }, (_, n) => n + 1));
  const stream = lastId.slice(0, 16);
  expect((await resume(door, "/heavy", `${stream}-30`)).status, "ten of nine hundred bytes are not kept").toBe(410);
  expect(await new Reading(await resume(door, "/heavy", `${stream}-35`)).rest()).toHaveLength(5);
});

test("without framing and without the option everything is as ever", async () => {
  prepare(0);
  await using door = await open("socket", Replays);
  const raw = await door.fetch("/counted", json({ to: 3 }));
  expect([raw.headers.get("content-type"), await raw.text()]).toEqual(["text/event-stream; charset=utf-8", "012"]);
  const forgetful = new Reading(await door.fetch("/forgetful", json({}, { ...events, "last-event-id": "0" })));
  expect([await forgetful.next(), forgetful.lastId]).toEqual([0, "0"]);
  expect((await door.fetch("/forgetful", { method: "DELETE" })).status).toBe(405);
});

test("a caller that is gone before the first item ends the method", async () => {
  prepare(1);
  await using door = await open("socket", Replays);
  const leaving = new AbortController();
  const call = door.fetch("/unhurried", { ...json({}, events), signal: leaving.signal });
  await begun.promise;
  leaving.abort();
  await expect(call).rejects.toThrow(/abort/);
  expect(await ended.promise).toBe("true");
});
