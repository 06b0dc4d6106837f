import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { getRequestListener } from "@hono/node-server";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { expect, test } from "vitest";

import { createApp } from "../src/index.js";
import { json } from "./doors.js";
import { listening } from "./ports.js";
import { Contextual, Prefixed, Typed } from "./zoo.js";

/** What every mount at `/digits` must do, whatever is around it. */
async function expectService(base: string, ask: (url: string, init?: RequestInit) => Promise<Response>): Promise<void> {
  const greeting = await ask(`${base}/greet`, json({ who: "Bo" }));
  expect([greeting.status, await greeting.text()]).toEqual([200, "Hi Bo"]);
  expect(greeting.headers.get("server")).toBe("BentoML Service/typed");
  expect(await (await ask(`${base}/total`, json([1, 2]))).json()).toBe(3);
  const invalid = await ask(`${base}/greet`, json({ who: 1 }));
  expect([invalid.status, ((await invalid.json()) as { code: string }).code]).toEqual([400, "BENTO_INPUT_INVALID"]);
  const lost = await ask(`${base}/no/where`);
  expect([lost.status, await lost.json()]).toEqual([404, [expect.objectContaining({ code: "BENTO_ROUTE_NOT_FOUND" })]]);
  expect((await ask(`${base}/greet`)).headers.get("allow")).toBe("POST");
  expect(await (await ask(`${base}/readyz`)).text()).toBe("\n");
  const docs = (await (await ask(`${base}/docs.json`)).json()) as { servers: unknown };
  expect(docs.servers).toEqual([{ url: "/digits" }]);
  expect((await ask(`${base}/schema.json`)).status).toBe(200);
  const page = await ask(`${base}/`);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect((await ask(`${base}/static_content/page.css`)).status).toBe(200);
  const bare = await ask(base, { redirect: "manual" });
  expect([bare.status, bare.headers.get("location")]).toEqual([307, "./digits/"]);
}

test("in another Hono app", async () => {
  await using app = await createApp(Typed);
  const parent = new Hono();
  parent.get("/digits/own", (context) => context.text("the parent's"));
  parent.route("/digits", app);
  parent.get("/digits/after", (context) => context.text("the parent's too"));
  parent.get("/other", (context) => context.text("other"));
  await expectService("/digits", async (url, init) => parent.request(url, init));
  expect(await (await parent.request("/digits/own")).text()).toBe("the parent's");
  expect(await (await parent.request("/digits/after")).text()).toBe("the parent's too");
  expect(await (await parent.request("/other")).text()).toBe("other");
  expect(await (await parent.request("/elsewhere")).text()).toBe("404 Not Found");
});

test("in an app of another copy of Hono, under a path with a parameter", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bento-hono-"));
  try {
    cpSync(fileURLToPath(new URL(".", import.meta.resolve("hono"))), folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const { Hono: Other } = (await import(pathToFileURL(join(folder, "index.js")).href)) as { readonly Hono: typeof Hono };
    expect(Other).not.toBe(Hono);
    await using app = await createApp(Typed);
    const parent = new Other().route("/:tenant/v1", app);
    const answer = await parent.request("/acme/v1/total", json([1, 2]));
    expect([answer.status, await answer.text()]).toEqual([200, "3"]);
    expect((await parent.request("/acme/v1/no/where", json({}))).status).toBe(404);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("in another Hono app that listens", async () => {
  await using app = await createApp(Typed);
  const parent = new Hono();
  parent.route("/digits", app);
  const listener = getRequestListener(parent.fetch, { overrideGlobalObjects: false });
  await using server = await listening(createServer((request, response) => void listener(request, response)));
  await expectService(`${server.url}/digits`, fetch);
});

test("in another Hono app whose middleware has read the body", async () => {
  await using app = await createApp(Typed);
  const parent = new Hono();
  parent.use(async (context, next) => {
    await context.req.text();
    await next();
  });
  parent.route("/digits", app);
  await expectService("/digits", async (url, init) => parent.request(url, init));
});

test("two services in one Hono app", async () => {
  await using typed = await createApp(Typed, { auth: { tokens: ["one"] } });
  await using prefixed = await createApp(Prefixed);
  const parent = new Hono().route("/a", typed).route("/b", prefixed);
  expect((await parent.request("/a/greet", json({ who: "Bo" }))).status).toBe(401);
  expect(await (await parent.request("/b/v1/echo", json({ s: "x" }))).text()).toBe("x");
  const docs = (await (await parent.request("/b/v1/docs.json")).json()) as { servers: unknown };
  expect(docs.servers).toEqual([{ url: "/b/v1" }]);
});

test("routes of one's own beside the service's", async () => {
  await using app = await createApp(Typed);
  app.get("/own", (context) => context.text("own"));
  expect(await (await app.request("/own")).text()).toBe("own");
  expect((await app.request("/nowhere")).status).toBe(404);
  await using server = await listening(createServer(app.node()));
  expect(await (await fetch(`${server.url}/own`)).text()).toBe("own");
  expect(await (await fetch(`${server.url}/greet`, json({ who: "Bo" }))).text()).toBe("Hi Bo");
});

test("in node:http", async () => {
  await using app = await createApp(Typed);
  await using server = await listening(createServer(app.node({ prefix: "/digits" })));
  await expectService(`${server.url}/digits`, fetch);
});

test.each(["with the prefix", "without"])("in Express, before any body parser, %s", async (way) => {
  await using app = await createApp(Typed);
  const parent = express();
  parent.use("/digits", app.node(way === "without" ? {} : { prefix: "/digits" }));
  parent.get("/other", (_, response) => void response.send("other"));
  await using server = await listening(createServer(parent));
  await expectService(`${server.url}/digits`, fetch);
  expect(await (await fetch(`${server.url}/other`)).text()).toBe("other");
});

test("in Express, after its body parsers", async () => {
  await using app = await createApp(Typed);
  const parent = express();
  parent.use(express.json(), express.text());
  parent.use("/digits", app.node({ prefix: "/digits" }));
  await using server = await listening(createServer(parent));
  await expectService(`${server.url}/digits`, fetch);
  const shout = await fetch(`${server.url}/digits/shout`, { method: "POST", headers: { "content-type": "text/plain" }, body: "hé" });
  expect(await shout.text()).toBe("HÉ");
  expect((await fetch(`${server.url}/digits/nothing`, { method: "POST" })).status).toBe(200);
});

test.each([true, false])("in Express, with CORS and a parsed body: %s", async (parsed) => {
  await using app = await createApp(Typed, { cors: true });
  const parent = express();
  if (parsed) parent.use(express.json());
  parent.use("/digits", app.node({ prefix: "/digits" }));
  await using server = await listening(createServer(parent));
  const response = await fetch(`${server.url}/digits/greet`, json({ who: "Bo" }, { origin: "http://app.example" }));
  expect([response.status, await response.text()]).toEqual([200, "Hi Bo"]);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
});

test("in Express, a method sees the path as it was asked for", async () => {
  await using app = await createApp(Contextual);
  const parent = express();
  parent.use("/digits", app.node());
  await using server = await listening(createServer(parent));
  const response = await fetch(`${server.url}/digits/look?q=1`, json({}));
  expect(await response.json()).toMatchObject({ path: "/digits/look?q=1" });
});

test("in Fastify, which has read the body", async () => {
  await using app = await createApp(Typed);
  const fastify = Fastify();
  fastify.all("/digits", app.node({ prefix: "/digits" }));
  fastify.all("/digits/*", app.node({ prefix: "/digits" }));
  fastify.get("/other", async () => "other");
  await fastify.listen({ port: 0, host: "127.0.0.1" });
  await using server = await listening(fastify.server, () => fastify.close());
  await expectService(`${server.url}/digits`, fetch);
  expect(await (await fetch(`${server.url}/other`)).text()).toBe("other");
});
