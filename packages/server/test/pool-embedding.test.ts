import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { afterEach, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { createApp } from "../dist/index.js";
import { json } from "./doors.js";
import { Pooled } from "./fixtures/pool-service.mjs";
import { workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/pool-service.mjs", import.meta.url);
const open = async () => createApp(Pooled, { workers: 2, entry, execArgv: [] });

afterEach(() => expect(workersOf()).toEqual([]));

/** Somebody else's server, on a free port. */
async function listening(server: Server, close: () => unknown = () => undefined) {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
      await close();
    },
  };
}

/** What a pool below `/bento` does, whatever is around it. */
async function expectPool(ask: (path: string, init?: RequestInit) => Response | Promise<Response>): Promise<void> {
  const pids = await Promise.all(
    Array.from({ length: 6 }, async () => ((await (await ask("/bento/where", json({}))).json()) as { pid: number }).pid),
  );
  expect(new Set(pids)).toEqual(new Set(workersOf()));
  expect(await (await ask("/bento/echo", json({ text: "hé" }))).text()).toBe("hé");
  expect(await (await ask("/bento/count", json({ to: 3 }))).text()).toBe("123");
  expect((await ask("/bento/readyz")).status).toBe(200);
  const died = await ask("/bento/die", json({}));
  expect([died.status, await died.json()]).toEqual([503, expect.objectContaining({ code: "BENTO_WORKER_DIED" })]);
  expect(await (await ask("/bento/echo", json({ text: "again" }))).text()).toBe("again");
}

test("in a Hono app", async () => {
  await using app = await open();
  const parent = new Hono().route("/bento", app);
  await expectPool((path, init) => parent.request(path, init));
});

test("in node:http and Express", async () => {
  await using app = await open();
  const parent = express();
  parent.use(express.json());
  parent.use("/bento", app.node());
  await using server = await listening(createServer(parent));
  await expectPool((path, init) => fetch(server.url + path, init));
});

test("in Fastify", async () => {
  await using app = await open();
  const fastify = Fastify();
  fastify.all("/bento/*", app.node({ prefix: "/bento" }));
  await fastify.listen({ port: 0, host: "127.0.0.1" });
  await using server = await listening(fastify.server, () => fastify.close());
  await expectPool((path, init) => fetch(server.url + path, init));
});

test("in a handler of requests and responses, as Next.js has them", async () => {
  await using app = await open();
  const POST = (incoming: Request) => app.fetch(new Request(incoming.url.replace("/bento", ""), incoming));
  await expectPool((path, init) => POST(new Request(`http://localhost${path}`, init)));
});
