import { createServer } from "node:http";

import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp } from "../dist/index.js";
import { json } from "./doors.js";
import { Pooled } from "./fixtures/pool-service.mjs";
import { listening } from "./ports.js";
import { workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/pool-service.mjs", import.meta.url);

let app: Awaited<ReturnType<typeof createApp>>;
beforeAll(async () => {
  app = await createApp(Pooled, { workers: 2, entry, execArgv: [] });
});
afterAll(async () => {
  await app.close();
  expect(workersOf()).toEqual([]);
});

type Ask = (path: string, init?: RequestInit) => Response | Promise<Response>;

/** The processes that calls come to. */
async function whereTo(ask: Ask): Promise<Set<number>> {
  const where = async () => ((await (await ask("/bento/where", json({}))).json()) as { pid: number }).pid;
  return new Set(await Promise.all(Array.from({ length: 6 }, where)));
}

/** What a pool below `/bento` does, whatever is around it. */
async function expectPool(ask: Ask): Promise<void> {
  expect(await whereTo(ask)).toEqual(new Set(workersOf()));
  expect(await (await ask("/bento/echo", json({ text: "hé" }))).text()).toBe("hé");
  expect(await (await ask("/bento/count", json({ to: 3 }))).text()).toBe("123");
  expect((await ask("/bento/readyz")).status).toBe(200);
  const died = await ask("/bento/die", json({}));
  expect([died.status, await died.json()]).toEqual([503, expect.objectContaining({ code: "BENTO_WORKER_DIED" })]);
  expect(await (await ask("/bento/echo", json({ text: "again" }))).text()).toBe("again");
  await expect.poll(async () => (await whereTo(ask)).size, { timeout: 20_000 }).toBe(2);
}

test("in a Hono app", async () => {
  const parent = new Hono().route("/bento", app);
  await expectPool((path, init) => parent.request(path, init));
});

test("in node:http and Express", async () => {
  const parent = express();
  parent.use(express.json());
  parent.use("/bento", app.node());
  await using server = await listening(createServer(parent));
  await expectPool((path, init) => fetch(server.url + path, init));
});

test("in Fastify", async () => {
  const fastify = Fastify();
  fastify.all("/bento/*", app.node({ prefix: "/bento" }));
  await fastify.listen({ port: 0, host: "127.0.0.1" });
  await using server = await listening(fastify.server, () => fastify.close());
  await expectPool((path, init) => fetch(server.url + path, init));
});

test("in a handler of requests and responses, as Next.js has them", async () => {
  const POST = async (incoming: Request) => app.fetch(new Request(incoming.url.replace("/bento", ""), incoming));
  await expectPool((path, init) => POST(new Request(`http://localhost${path}`, init)));
});
