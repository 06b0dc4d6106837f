import { gzipSync } from "node:zlib";

import { describe, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type BentoServer, serve } from "../dist/index.js";
import { json, LineLogger } from "./doors.js";
import { InputStreams } from "./fixtures/input-streams-service.mjs";
import { type Sending, sending } from "./sending.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/input-streams-service.mjs", import.meta.url);
const lines = { accept: "application/jsonl" };

const start = (mode: "pool" | "shared-port", workers = 1): Promise<BentoServer> =>
  serve(InputStreams, {
    port: 0,
    mode,
    workers,
    entry,
    execArgv: [],
    // A logger is what other processes cannot have.
    ...(mode === "pool" ? { logger: new LineLogger() } : {}),
    accessLog: false,
    banner: false,
    handleSignals: false,
  });

async function ask(server: BentoServer, path: string, body: unknown = {}): Promise<unknown> {
  return (await fetch(server.url + path, { ...json(body), headers: { "content-type": "application/json", connection: "close" } })).json();
}

/** Sends so many pieces, as fast as they are taken. */
async function pour(call: Sending, piece: Uint8Array, count: number, onSent = (_sent: number): void => undefined): Promise<void> {
  for (let sent = 1; sent <= count && (await call.write(piece)); sent++) onSent(sent);
  call.end();
}

describe.each([
  ["workers that get their calls from the server", "pool"],
  ["a worker that takes connections itself", "shared-port"],
] as const)("in %s", (_, mode) => {
  test("items come while they are sent, and so do the answers to them", async () => {
    await using server = await start(mode);
    expect(await ask(server, "/pid")).not.toBe(process.pid);
    using call = sending(`${server.url}/running`, lines);
    for (const [n, sum] of [
      [1, 1],
      [10, 11],
      [100, 111],
    ]) {
      await call.write(`${n}\n`);
      expect(Number(await call.read())).toBe(sum);
    }
    await call.write("5");
    call.end();
    expect(await call.rest()).toBe("116\n");
    expect(await ask(server, "/ends")).toEqual(["end", "finally"]);
    const packed = gzipSync("1\n2\n3");
    const headers = { "content-type": "application/jsonl", "content-encoding": "gzip" };
    expect(await (await fetch(`${server.url}/sum`, { method: "POST", headers, body: packed })).json()).toBe(6);
    expect(await ask(server, "/sum", [4, 5])).toBe(9);
  });

  test("a gigabyte goes through memory that does not grow, every byte of it", async () => {
    await using server = await start(mode);
    const before = (await ask(server, "/weigh")) as { rss: number };
    const own = process.memoryUsage.rss();
    let most = 0;
    using call = sending(`${server.url}/weigh`, { "content-type": "video/mp4" });
    const count = 1024;
    await pour(call, Buffer.alloc(1 << 20, 1), count, () => (most = Math.max(most, process.memoryUsage.rss())));
    const { size, rss, pid } = JSON.parse(await call.rest()) as { size: number; rss: number; pid: number };
    expect(size).toBe(count << 20);
    expect(pid).not.toBe(process.pid);
    expect(rss - before.rss).toBeLessThan(150 << 20);
    expect(most - own).toBeLessThan(250 << 20);
  });

  test("what the method does not read, the caller cannot send", async () => {
    await using server = await start(mode);
    const pid = (await ask(server, "/pid")) as number;
    using call = sending(`${server.url}/held`);
    let sent = 0;
    const last = pour(call, Buffer.alloc(1 << 20), 128, (count) => (sent = count));
    let before = -1;
    await expect.poll(() => sent > 0 && before === (before = sent), { interval: 200, timeout: 1500 }).toBe(true);
    expect(sent).toBeLessThan(64);
    process.kill(pid, "SIGUSR2");
    await last;
    expect(await call.rest()).toBe(String(128 << 20));
  });

  test("a caller that goes away ends the input of the worker's method", async () => {
    await using server = await start(mode);
    using call = sending(`${server.url}/running`, lines);
    await call.write("1\n");
    await call.read();
    call.leave();
    const told: unknown[] = [];
    await expect.poll(async () => told.push(...((await ask(server, "/ends")) as unknown[])) && told.length).toBe(2);
    expect(told).toEqual(["BENTO_CANCELLED", "finally"]);
  });

  test("a method that answers early ends the upload, and an invalid line is told with its number", async () => {
    await using server = await start(mode);
    using early = sending(`${server.url}/first`);
    await early.write("7\n");
    expect([(await early.response).headers.connection, await early.read()]).toEqual(["close", "7"]);
    await pour(early, Buffer.from("8\n".repeat(100_000)), Number.POSITIVE_INFINITY);
    await early.closed;
    using wrong = sending(`${server.url}/sum`);
    await wrong.write('1\n"2"\n');
    expect((await wrong.response).statusCode).toBe(400);
    expect(await wrong.rest()).toContain('"loc":[1]');
    const broken = { method: "POST", headers: { "content-type": "application/jsonl", "content-encoding": "gzip" }, body: "1\n" };
    const answer = await fetch(`${server.url}/sum`, broken);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("not valid gzip")]);
  });

  test("time counts anew with each item, and stops for who sends nothing", async () => {
    await using server = await start(mode);
    using steady = sending(`${server.url}/slow`);
    // Longer in all than one call may take.
    await steady.write("1\n".repeat(8));
    steady.end();
    expect([(await steady.response).statusCode, await steady.rest()]).toEqual([200, "8"]);
    using silent = sending(`${server.url}/sum`);
    await silent.write("1\n");
    expect((await silent.response).statusCode).toBe(408);
  });

  test("a worker that dies answers so, while more is sent", async () => {
    await using server = await start(mode);
    using call = sending(`${server.url}/die`);
    await call.write("1\n");
    if (mode === "pool") {
      expect((await call.response).statusCode).toBe(503);
      expect(await call.rest()).toContain("BENTO_WORKER_DIED");
    } else await call.closed;
  });
});

test("items that are all at hand keep nobody else waiting", async () => {
  await using server = await start("pool");
  using long = sending(`${server.url}/running`, lines);
  const flood = pour(long, Buffer.from("1\n".repeat(500_000)), 4);
  await long.read();
  // The answer is not read on, but for what is on its way the worker has much to do.
  expect(await ask(server, "/sum", [1, 2])).toBe(3);
  long.leave();
  await flood;
});

test("many inputs of one worker at once do not hold each other up", async () => {
  await using server = await start("pool");
  const pid = (await ask(server, "/pid")) as number;
  using held = sending(`${server.url}/held`);
  const last = pour(held, Buffer.alloc(1 << 20), 32);
  const sums = Array.from({ length: 20 }, async (__, n) => {
    using call = sending(`${server.url}/sum`);
    await pour(call, Buffer.from(`${n}\n`.repeat(100)), 10);
    return Number(await call.rest());
  });
  expect(await Promise.all(sums)).toEqual(Array.from({ length: 20 }, (__, n) => n * 1000));
  process.kill(pid, "SIGUSR2");
  await last;
  expect(await held.rest()).toBe(String(32 << 20));
});
