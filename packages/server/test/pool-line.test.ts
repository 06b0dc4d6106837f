import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { fileURLToPath } from "node:url";

import { expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { serve } from "../dist/index.js";
import { json } from "./doors.js";
import { Lined } from "./fixtures/line-service.mjs";
import { workersOf } from "./processes.js";
import { runProgram } from "./program.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const options = {
  workers: 2,
  port: 0,
  entry: new URL("fixtures/line-service.mjs", import.meta.url),
  execArgv: [],
  banner: false,
  accessLog: false,
  handleSignals: false,
};

async function lined() {
  const server = await serve(Lined, options);
  const ended: string[] = [];
  const call = async (name: string, path: string, input: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(server.url + path, json(input, headers));
    ended.push(name);
    return { status: answer.status, body: (await answer.json()) as unknown };
  };
  return { server, call, ended, [Symbol.asyncDispose]: () => server.close() };
}

test("the server's process keeps the line for all workers, which do not share its port", async () => {
  await using service = await lined();
  const low = Array.from({ length: 20 }, (_, n) => service.call(`low ${n}`, "/block", { ms: 30 }, { priority: "u=7" }));
  await expect.poll(() => service.ended.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
  const high = await service.call("high", "/block", { ms: 1 }, { priority: "u=0" });
  expect(service.ended.length).toBeLessThan(15);
  const answers = await Promise.all(low);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(new Set([high, ...answers].map(({ body }) => body))).toEqual(new Set(workersOf()));
});

test("a client with few calls is not kept waiting by one with many, also where calls are gathered", async () => {
  await using service = await lined();
  const many = Array.from({ length: 60 }, (_, n) => service.call(`many ${n}`, "/doubles", [n], { "x-tenant": "many" }));
  await expect.poll(() => service.ended.length, { timeout: 20_000, interval: 2 }).toBeGreaterThan(5);
  const few = service.call("few", "/doubles", [1, 2], { "x-tenant": "few" });
  expect(await few).toEqual({ status: 200, body: [2, 4] });
  expect(service.ended.length).toBeLessThan(55);
  expect(await Promise.all(many)).toEqual(Array.from({ length: 60 }, (_, n) => ({ status: 200, body: [2 * n] })));
});

test("a shared port is refused, and the reason told", async () => {
  await expect(serve(Lined, { ...options, mode: "shared-port" })).rejects.toMatchObject({
    code: "BENTO_CONFIG_INVALID",
    message: expect.stringContaining("one line of all that wait") as string,
  });
});

test("what waits in line when the service closes is answered, or told so", async () => {
  await using service = await lined();
  const calls = Array.from({ length: 10 }, (_, n) => service.call(`${n}`, "/block", { ms: 20 }));
  await expect.poll(() => service.ended.length, { timeout: 20_000, interval: 2 }).toBeGreaterThan(0);
  await service.server.close();
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
});

test.each(["one by one", "gathered"])("who comes on a new connection is let in while a method keeps the event loop, %s", async (kind) => {
  await using program = runProgram(fileURLToPath(new URL("fixtures", import.meta.url)), "serve-busy.mjs", { args: [kind] });
  const url = await program.said();
  let answered = 0;
  const calls = Array.from({ length: 80 }, async (_, n) => {
    const answer = await fetch(`${url}/one`, json([n]));
    answered += 1;
    return answer.json();
  });
  await expect.poll(() => answered, { timeout: 20_000, interval: 1 }).toBeGreaterThan(0);
  // Node alone would take one connection after each call: this one after all others.
  const probe = get(`${url}/livez`, { agent: false });
  const [answer] = (await once(probe, "response")) as [IncomingMessage];
  expect(answer.resume().statusCode).toBe(200);
  expect(answered).toBeLessThan(40);
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 80 }, (_, n) => [n]));
});
