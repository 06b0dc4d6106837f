import { BentoError, type Context } from "@bento/core";
import { api, defineService, service } from "@bento/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

import { type AppOptions, createApp } from "../src/index.js";
import { type Door, doors, json, open } from "./doors.js";
import { gate } from "./gate.js";

let begun: string[] = [];
let running = 0;
let mostRunning = 0;
let gates: Record<string, ReturnType<typeof gate<void>>> = {};

/** Lets the call of this name end. */
const release = (name: string): void => gateOf(name).open();
const gateOf = (name: string) => (gates[name] ??= gate());

beforeEach(() => {
  begun = [];
  running = mostRunning = 0;
  gates = {};
});
afterEach(() => Object.values(gates).forEach((one) => one.open()));

const named = z.object({ name: z.string() });
type Named = z.infer<typeof named>;

/** Notes when it begins, and goes on until it is released. */
async function held({ name }: Named): Promise<string> {
  begun.push(name);
  running += 1;
  mostRunning = Math.max(mostRunning, running);
  await gateOf(name).promise;
  running -= 1;
  return name;
}

const apis = {
  held: api({ input: named, output: z.string() }, held),
  letters: api({ input: named, output: z.string() }, async function* ({ name }: Named) {
    begun.push(name);
    yield "a";
    await gateOf(name).promise;
    yield "b";
  }),
  block: api({ input: z.object({ name: z.string(), ms: z.number() }), output: z.string() }, ({ name, ms }) => {
    begun.push(name);
    const end = performance.now() + ms;
    while (performance.now() < end);
    return name;
  }),
  fails: api({ input: named, output: z.string() }, ({ name }: Named): string => {
    throw new BentoError("BENTO_NOT_FOUND", name);
  }),
};
const serviceOf = (traffic: Parameters<typeof defineService>[0]["traffic"]) => defineService({ name: "Lined", traffic, apis });

const Both = serviceOf({ timeout: 20, maxConcurrency: 1, maxQueue: 3, fairness: { header: "x-tenant" }, priorities: "header" });
const Wide = serviceOf({ timeout: 20, maxConcurrency: 2, fairness: "address" });

/** Calls one after the other, so that each is in line before the next comes. */
async function lineUp(door: Door, calls: readonly (readonly [name: string, headers?: Record<string, string>])[]) {
  const answers: Promise<Response>[] = [];
  for (const [name, headers] of calls) {
    answers.push(door.fetch("/held", json({ name }, headers)));
    // Over a socket they would else come in any order.
    await expect.poll(async () => inProgress(door, "/held"), { interval: 2 }).toBe(answers.length);
  }
  return answers;
}

async function metric(door: Door, name: string, labels: Readonly<Record<string, string>>): Promise<number> {
  const text = await (await door.fetch("/metrics")).text();
  const line = text
    .split("\n")
    .find((one) => one.startsWith(`${name}{`) && Object.entries(labels).every(([label, value]) => one.includes(`${label}="${value}"`)));
  return Number(line?.slice(line.lastIndexOf(" ")));
}
const inProgress = (door: Door, endpoint: string) => metric(door, "bentoml_service_request_in_progress", { endpoint });
const refused = (door: Door, endpoint: string, reason: string) =>
  metric(door, "bentoml_service_request_rejected_total", { endpoint, reason });
const tenant = (name: string, priority?: number): Record<string, string> => ({
  "x-tenant": name,
  ...(priority !== undefined && { priority: `u=${priority}` }),
});

describe.each(doors)("by %s", (kind) => {
  test("what goes beyond maxConcurrency waits, and all of it is answered", async () => {
    await using door = await open(kind, Wide);
    const answers = Array.from({ length: 12 }, (_, n) => door.fetch("/held", json({ name: `call ${n}` })));
    await expect.poll(() => begun.length).toBe(2);
    for (let n = 0; n < 12; n += 1) release(`call ${n}`);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(await Promise.all(answers.map(async (answer) => (await answer).text()))).toEqual(
      Array.from({ length: 12 }, (_, n) => `call ${n}`),
    );
    expect(mostRunning).toBe(2);
    expect(running).toBe(0);
  });

  test("the urgent go first, and clients take turns", async () => {
    await using door = await open(kind, serviceOf({ maxConcurrency: 1, fairness: { header: "x-tenant" }, priorities: "header" }));
    const calls = [
      ["first", tenant("a")],
      ["a1", tenant("a")],
      ["a2", tenant("a")],
      ["a3", tenant("a")],
      ["b1", tenant("b")],
      ["b2", tenant("b")],
      ["urgent", tenant("a", 0)],
    ] as const;
    const answers = await lineUp(door, calls);
    for (const [name] of calls) release(name);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(calls.map(() => 200));
    expect(begun.slice(0, 4)).toEqual(["first", "urgent", "a1", "b1"]);
    // Whose turn it is then depends on how long each of these took; each client's own calls go as they came.
    expect(begun.filter((name) => name.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
    expect(begun.filter((name) => name.startsWith("b"))).toEqual(["b1", "b2"]);
  });

  test("where the line is full, the client that has most loses its newest, and is told when to try again", async () => {
    await using door = await open(kind, Both);
    const answers = await lineUp(door, [
      ["runs", tenant("a")],
      ["a1", tenant("a")],
      ["a2", tenant("a")],
      ["a3", tenant("a")],
    ]);
    const own = await door.fetch("/held", json({ name: "a4" }, tenant("a")));
    expect([own.status, own.headers.get("retry-after"), await own.json()]).toEqual([
      503,
      "1",
      expect.objectContaining({ code: "BENTO_OVERLOADED", error: "3 calls wait already." }),
    ]);
    const other = door.fetch("/held", json({ name: "b1" }, tenant("b")));
    const turnedOut = await answers.at(3);
    expect([turnedOut?.status, turnedOut?.headers.get("retry-after"), await turnedOut?.json()]).toEqual([
      503,
      "1",
      expect.objectContaining({ code: "BENTO_OVERLOADED", error: expect.stringContaining("the client that has most") as string }),
    ]);
    expect(await refused(door, "/held", "queue")).toBe(2);
    expect(await refused(door, "/held", "concurrency")).toBe(0);
    for (const name of ["runs", "a1", "a2", "b1"]) release(name);
    expect([(await other).status, (await answers.at(2))?.status]).toEqual([200, 200]);
    expect(begun).toEqual(["runs", "a1", "b1", "a2"]);
  });

  test("whose time is over in line is answered with 504 and never begun", async () => {
    await using door = await open(kind, Both);
    const [first] = await lineUp(door, [["runs"]]);
    const late = await door.fetch("/held", json({ name: "late" }, { "x-request-timeout": "0.1" }));
    expect([late.status, await late.json()]).toEqual([504, expect.objectContaining({ code: "BENTO_TIMEOUT" })]);
    expect(await refused(door, "/held", "deadline")).toBe(1);
    const next = door.fetch("/held", json({ name: "next" }));
    release("runs");
    release("next");
    expect([(await first)?.status, (await next).status]).toEqual([200, 200]);
    expect(begun).toEqual(["runs", "next"]);
  });

  test("probes and metrics never wait", async () => {
    await using door = await open(kind, Both);
    const answers = await lineUp(door, [["runs"], ["waits"]]);
    for (const path of ["/livez", "/readyz", "/metrics"]) expect((await door.fetch(path)).status, path).toBe(200);
    for (const name of ["runs", "waits"]) release(name);
    await Promise.all(answers);
  });

  test("a stream keeps its place until its last item", async () => {
    await using door = await open(kind, Both);
    const stream = await door.fetch("/letters", json({ name: "stream" }));
    const after = door.fetch("/held", json({ name: "after" }));
    await expect.poll(() => inProgress(door, "/held")).toBe(1);
    expect(begun).toEqual(["stream"]);
    release("stream");
    release("after");
    expect(await stream.text()).toBe("ab");
    expect(await (await after).text()).toBe("after");
  });

  test("a call that fails gives its place back", async () => {
    await using door = await open(kind, Both);
    for (let n = 0; n < 3; n += 1) expect((await door.fetch("/fails", json({ name: "x" }))).status).toBe(404);
    expect((await door.fetch("/held", json({ nme: "x" }))).status).toBe(400);
    release("well");
    expect((await door.fetch("/held", json({ name: "well" }))).status).toBe(200);
  });
});

test("a caller that leaves the line is never begun", async () => {
  await using door = await open("socket", Both);
  const [first] = await lineUp(door, [["runs"]]);
  const caller = new AbortController();
  const gone = door.fetch("/held", { ...json({ name: "gone" }), signal: caller.signal });
  await expect.poll(() => inProgress(door, "/held")).toBe(2);
  caller.abort();
  await expect(gone).rejects.toThrow("aborted");
  await expect.poll(() => inProgress(door, "/held")).toBe(1);
  release("runs");
  release("next");
  await Promise.all([first, door.fetch("/held", json({ name: "next" }))]);
  expect(begun).toEqual(["runs", "next"]);
});

test("a method that keeps the event loop does not keep urgent calls outside", async () => {
  // By request, since over a socket the caller, in this process as well, would be kept from sending.
  await using door = await open("request", serviceOf({ maxConcurrency: 4, priorities: "header" }));
  const low = Array.from({ length: 30 }, (_, n) => door.fetch("/block", json({ name: `low ${n}`, ms: 15 }, { priority: "u=7" })));
  const high = door.fetch("/block", json({ name: "high", ms: 1 }, { priority: "u=0" }));
  expect((await Promise.all([...low, high])).map(({ status }) => status)).toEqual(Array.from({ length: 31 }, () => 200));
  expect(begun.indexOf("high")).toBeLessThan(5);
});

test("who could not be answered in time is refused when the call comes, not when the time is over", async () => {
  await using door = await open("request", serviceOf({ maxConcurrency: 1, fairness: "address" }));
  const block = (name: string, timeout: string) => door.fetch("/block", json({ name, ms: 20 }, { "x-request-timeout": timeout }));
  const patient = Array.from({ length: 60 }, (_, n) => block(`patient ${n}`, "20"));
  await expect.poll(() => begun.length, { interval: 5, timeout: 10_000 }).toBeGreaterThan(15);
  const began = performance.now();
  const refusal = await block("hasty", "0.4");
  expect(performance.now() - began).toBeLessThan(300);
  expect([refusal.status, refusal.headers.get("retry-after"), await refusal.json()]).toEqual([
    503,
    "1",
    expect.objectContaining({ code: "BENTO_OVERLOADED", error: "The service has more to do than it could answer within 400 ms." }),
  ]);
  expect(await refused(door, "/block", "overload")).toBe(1);
  expect((await Promise.all(patient)).every(({ status }) => status === 200)).toBe(true);
  expect(begun).not.toContain("hasty");
});

test("clients are who they are authenticated as, and their claims say how urgent they are", async () => {
  const auth: AppOptions["auth"] = ({ headers }) => {
    const id = headers.get("x-user") ?? "nobody";
    return { id, priority: id === "chief" ? 0 : 5 };
  };
  await using app = await createApp(serviceOf({ maxConcurrency: 1, fairness: "identity", priorities: "identity" }), { auth });
  const door: Door = { fetch: async (path, init) => app.request(path, init), [Symbol.asyncDispose]: async () => undefined };
  const user = (name: string) => ({ "x-user": name, priority: "u=0", "x-tenant": name });
  const calls = [
    ["first", user("a")],
    ["a1", user("a")],
    ["a2", user("a")],
    ["b1", user("b")],
    ["chief1", user("chief")],
  ] as const;
  const text = async () => (await app.request("/metrics", { headers: user("a") })).text();
  expect(await text()).toContain("rejected_total");
  const answers = await lineUp(door, calls);
  for (const [name] of calls) release(name);
  await Promise.all(answers);
  expect(begun).toEqual(["first", "chief1", "a1", "b1", "a2"]);
});

test("calls of a batchable endpoint wait in the same line", async () => {
  const sizes: number[] = [];
  const Gathered = defineService({
    name: "Gathered",
    traffic: { maxConcurrency: 4, priorities: "header" },
    apis: {
      doubles: api({ input: z.array(z.number()), output: z.array(z.number()), batchable: true }, async (items: number[]) => {
        sizes.push(items.length);
        await gateOf("batch").promise;
        return items.map((item) => item * 2);
      }),
    },
  });
  await using door = await open("request", Gathered);
  const answers = Array.from({ length: 10 }, async (_, n) =>
    (await door.fetch("/doubles", json([n], n === 9 ? { priority: "u=0" } : {}))).json(),
  );
  await expect.poll(() => sizes.length).toBeGreaterThan(0);
  release("batch");
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 10 }, (_, n) => [2 * n]));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
});

test("the typed client says how urgent its calls are", async () => {
  const told: (string | null)[] = [];
  @service({ name: "listens" })
  class Listens {
    @api({ input: z.object({}), output: z.string() })
    quick(_input: object, ctx: Context) {
      told.push(ctx.request.headers.get("priority"));
      return "";
    }
  }
  await using app = await createApp(Listens);
  await app.client().quick();
  await app.client({ priority: 6 }).quick();
  await app.client({ priority: 6 }).quick({}, { priority: 0, timeoutMs: 500 });
  await app.client({ priority: 6, headers: { priority: "u=5" } }).quick();
  await app.client().quick({}, { priority: 1, headers: { priority: "u=2, i" } });
  expect(told).toEqual([null, "u=6", "u=0", "u=5", "u=2, i"]);
  expect(() => app.client({ priority: 8 as 7 })).toThrow(expect.objectContaining({ code: "BENTO_CONFIG_INVALID" }) as Error);
  await expect(app.client().quick({}, { priority: 0.5 as 0 })).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID" });
});
