import { once } from "node:events";

import { type BatchPolicy, BentoError, type Context } from "@bento/core";
import { api, defineService, service } from "@bento/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { type Door, doors, json, LineLogger, open } from "./doors.js";
import { gate } from "./gate.js";

let begun: string[] = [];
let held = gate();
let release = gate();
let aborted = gate<string>();

beforeEach(() => {
  begun = [];
  held = gate();
  release = gate();
  aborted = gate();
});
afterEach(() => release.open());

const nothing = z.object({});

@service({ name: "busy", traffic: { timeout: 20, maxConcurrency: 2 } })
class Busy {
  @api({ input: nothing, output: z.string() })
  async hold() {
    held.open();
    await release.promise;
    return "held";
  }

  @api({ input: nothing, output: z.string() })
  async waits(_input: object, ctx: Context) {
    await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
    aborted.open((ctx.signal.reason as { code: string }).code);
    return "never";
  }

  @api({ input: z.object({ ms: z.number() }), output: z.string() })
  block({ ms }: { ms: number }) {
    begun.push("block");
    const end = performance.now() + ms;
    while (performance.now() < end);
    return "blocked";
  }

  @api({ input: nothing, output: z.string() })
  quick() {
    begun.push("quick");
    return "quick";
  }

  @api({ input: nothing, output: z.string() })
  async *letters(_input: object, ctx: Context) {
    yield "a";
    held.open();
    await Promise.race([release.promise, once(ctx.signal, "abort")]);
    yield "b";
  }

  @api({ input: z.object({ code: z.string() }), output: z.string() })
  fails({ code }: { code: string }): string {
    throw new BentoError(code as "BENTO_OVERLOADED", "its own");
  }
}

/** With a time of half a second. */
@service({ name: "hasty", traffic: { timeout: 0.5 } })
class Hasty extends Busy {}

const within = (timeout: string) => json({}, { "x-request-timeout": timeout });

/** The value of one series. */
async function metric(door: Door, name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined> {
  const text = await (await door.fetch("/metrics")).text();
  const line = text
    .split("\n")
    .find((one) => one.startsWith(`${name}{`) && Object.entries(labels).every(([label, value]) => one.includes(`${label}="${value}"`)));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ")));
}

const refused = (door: Door, endpoint: string, reason: string) =>
  metric(door, "bentoml_service_request_rejected_total", { endpoint, reason });

describe.each(doors)("by %s", (kind) => {
  test("a caller that waits for less is answered with 504 by then, and the method hears of it", async () => {
    await using door = await open(kind, Busy);
    const answer = await door.fetch("/waits", within("0.1"));
    expect([answer.status, await answer.json()]).toEqual([
      504,
      {
        error: "Not able to process the request in 0.1 seconds.",
        code: "BENTO_TIMEOUT",
        hint: expect.stringContaining("X-Request-Timeout") as string,
      },
    ]);
    expect(await aborted.promise).toBe("BENTO_TIMEOUT");
    expect((await (await door.fetch("/waits", within("60ms"))).json()) as object).toMatchObject({
      error: expect.stringContaining("in 0.06 s") as string,
    });
    expect(await refused(door, "/waits", "deadline"), "what had begun was not turned away").toBe(0);
  });

  test("a caller that waits for more gets no more than the service's own time", async () => {
    await using door = await open(kind, Hasty);
    const answer = await door.fetch("/waits", within("60"));
    expect([answer.status, await answer.json()]).toEqual([
      504,
      expect.objectContaining({
        error: "Not able to process the request in 0.5 seconds.",
        hint: expect.stringContaining("traffic.timeout") as string,
      }),
    ]);
    expect((await door.fetch("/quick", within("60"))).status).toBe(200);
  });

  test.each(["", "0", "-1", "1e3", "soon", "2m"])("the time %j is 400, and nothing is begun", async (timeout) => {
    await using door = await open(kind, Busy);
    const answer = await door.fetch("/quick", within(timeout));
    expect([answer.status, await answer.json()]).toEqual([
      400,
      [
        {
          error: `The header X-Request-Timeout is ${JSON.stringify(timeout)}, which is no time.`,
          code: "BENTO_BAD_REQUEST",
          hint: expect.stringContaining("500ms") as string,
        },
      ],
    ]);
    expect(begun).toEqual([]);
  });

  test("the first byte of a stream stops the caller's clock", async () => {
    await using door = await open(kind, Busy);
    const text = (await door.fetch("/letters", within("0.2"))).text();
    await held.promise;
    await new Promise((resolve) => setTimeout(resolve, 250));
    release.open();
    expect(await text).toBe("ab");
  });

  test("a body that does not arrive in the caller's own time is 408, and the caller's fault", async () => {
    await using door = await open(kind, Busy);
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Uint8Array.of(123)) });
    const init = { method: "POST", body, duplex: "half", headers: { "x-request-timeout": "0.1" } } as RequestInit;
    const answer = await door.fetch("/quick", init);
    expect([answer.status, await answer.json()]).toEqual([
      408,
      [expect.objectContaining({ error: "The request body did not arrive within 0.1 seconds." })],
    ]);
    expect(await refused(door, "/quick", "deadline")).toBe(0);
  });

  test("the time of authentication counts, and who comes too late is begun no more", async () => {
    const auth = async () => {
      await release.promise;
      return { id: "alice" };
    };
    await using door = await open(kind, Busy, { auth });
    expect((await door.fetch("/quick", within("0.05"))).status).toBe(504);
    release.open();
    expect((await door.fetch("/quick", within("5"))).status).toBe(200);
    expect(begun).toEqual(["quick"]);
    expect(await refused(door, "/quick", "deadline")).toBe(1);
  });

  test("429 says when to try again, and is counted with its reason; probes and metrics are never turned away", async () => {
    await using door = await open(kind, Busy);
    const calls = [door.fetch("/hold", json({})), door.fetch("/hold", json({}))];
    await held.promise;
    let turnedAway = await door.fetch("/quick", json({}));
    // The second of the two may still be on its way.
    while (turnedAway.status === 200) turnedAway = await door.fetch("/quick", json({}));
    expect([turnedAway.status, turnedAway.headers.get("retry-after")]).toEqual([429, "1"]);
    for (const path of ["/livez", "/readyz", "/healthz", "/metrics"]) {
      expect((await door.fetch(path, { headers: { "x-request-timeout": "none" } })).status, path).toBe(200);
    }
    expect(await refused(door, "/quick", "concurrency")).toBe(1);
    expect(await refused(door, "/quick", "queue")).toBe(0);
    expect(await refused(door, "/hold", "concurrency")).toBe(0);
    release.open();
    await Promise.all(calls);
  });

  test.each([
    ["BENTO_TOO_MANY_REQUESTS", 429, "1"],
    ["BENTO_OVERLOADED", 503, "1"],
    ["BENTO_UNAVAILABLE", 503, "5"],
    ["BENTO_TIMEOUT", 504, null],
    ["BENTO_NOT_FOUND", 404, null],
  ])("%s of a service's own says when to try again where that helps, and counts as no refusal", async (code, status, retryAfter) => {
    await using door = await open(kind, Busy);
    const answer = await door.fetch("/fails", json({ code }));
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, retryAfter]);
    for (const reason of ["concurrency", "queue", "deadline"]) expect(await refused(door, "/fails", reason)).toBe(0);
  });

  test("streams that are open are counted as long as they are", async () => {
    await using door = await open(kind, Busy);
    const streams = () => metric(door, "bentoml_service_streams_open", { endpoint: "/letters" });
    expect(await streams()).toBe(0);
    const first = await door.fetch("/letters", json({}));
    const second = await door.fetch("/letters", json({}));
    expect(await streams()).toBe(2);
    await second.body?.cancel();
    await expect.poll(streams).toBe(1);
    release.open();
    expect(await first.text()).toBe("ab");
    await expect.poll(streams).toBe(0);
    expect(await metric(door, "bentoml_service_streams_open", { endpoint: "/quick" })).toBeUndefined();
  });
});

test("what waits while the event loop is busy, past its time, is not begun", async () => {
  await using app = await createApp(Busy);
  const request = (path: string, input: object, timeout: string) => app.request(path, json(input, { "x-request-timeout": timeout }));
  const answers = await Promise.all([request("/block", { ms: 80 }, "5"), request("/quick", {}, "20ms"), request("/quick", {}, "5")]);
  expect(answers.map(({ status }) => status)).toEqual([200, 504, 200]);
  expect(begun).toEqual(["block", "quick"]);
});

test("what a batch cannot answer in time is refused with 503 and counted as overload, and what waits past its time as deadline", async () => {
  const doubles = (policy: BatchPolicy) => {
    const options = { input: z.array(z.number()), output: z.array(z.number()), batchable: true, batchPolicy: policy } as const;
    return defineService({ name: "Gathered", apis: { doubles: api(options, (items: number[]) => items.map((item) => item * 2)) } });
  };
  await using rejecting = await open(
    "request",
    doubles(() => ({ type: "reject", requests: 1 })),
  );
  const refusal = await rejecting.fetch("/doubles", json([1]));
  expect([refusal.status, refusal.headers.get("retry-after"), await refusal.json()]).toEqual([
    503,
    "1",
    expect.objectContaining({ code: "BENTO_OVERLOADED" }),
  ]);
  expect(await refused(rejecting, "/doubles", "overload")).toBe(1);
  await using slow = await open(
    "request",
    doubles(({ now }) => ({ type: "wait", until: now + 5000 })),
  );
  const late = await slow.fetch("/doubles", json([1], { "x-request-timeout": "0.1" }));
  expect([late.status, await late.json()]).toEqual([504, expect.objectContaining({ code: "BENTO_TIMEOUT" })]);
  expect([await refused(slow, "/doubles", "deadline"), await refused(slow, "/doubles", "overload")]).toEqual([1, 0]);
});

test("refusals are no failures in the log", async () => {
  const logger = new LineLogger();
  await using app = await createApp(Busy, { logger, accessLog: true });
  const calls = Promise.all(["/hold", "/hold"].map(async (path) => app.request(path, json({}))));
  await held.promise;
  expect((await app.request("/quick", json({}))).status).toBe(429);
  release.open();
  await calls;
  await Promise.all([app.request("/block", json({ ms: 60 })), app.request("/quick", within("20ms"))]);
  expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual(Array.from({ length: 5 }, () => "info: request"));
  expect(logger.lines.map(({ fields }) => fields["status"])).toContain(504);
});

test("a server that drains says when to try again", async () => {
  const app = await createApp(Busy);
  await app.close();
  const answer = await app.request("/readyz");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
});

test("the typed client tells the server how long it waits, where its user has said so", async () => {
  const told: (string | undefined)[] = [];
  @service({ name: "listens" })
  class Listens {
    @api({ input: nothing, output: z.string() })
    quick(_input: object, ctx: Context) {
      told.push(ctx.request.headers.get("x-request-timeout") ?? undefined);
      return "";
    }
  }
  await using app = await createApp(Listens);
  await app.client().quick();
  await app.client({ timeoutMs: 2500 }).quick();
  await app.client({ timeoutMs: 2500 }).quick({}, { timeoutMs: 700.5 });
  await app.client({ timeoutMs: 2500 }).quick({}, { timeoutMs: Infinity });
  await app.client({ timeoutMs: 2500, headers: { "x-request-timeout": "9" } }).quick();
  await app.client().quick({}, { timeoutMs: 1000, headers: { "x-request-timeout": "8" } });
  expect(told).toEqual([undefined, "2.5", "0.701", undefined, "9", "8"]);
});
