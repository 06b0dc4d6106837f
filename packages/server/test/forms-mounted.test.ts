import { createServer } from "node:http";
import { gzipSync } from "node:zlib";

import type { BentoFile } from "@bento/core";
import { api, service } from "@bento/sdk";
import { file } from "@bento/sdk/kinds";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { listening } from "./ports.js";

@service({ name: "mounted" })
class Mounted {
  @api({
    input: z.object({ one: file().optional(), count: z.number().default(0), tags: z.array(z.string()).default([]) }),
    output: z.unknown(),
  })
  async take({ one, ...rest }: { one?: BentoFile | undefined; count: number; tags: string[] }) {
    return { ...rest, ...(one && { name: one.name, size: one.size, onDisk: one.path !== undefined }) };
  }
}

type Ask = (path: string, init: RequestInit) => Promise<Response>;

function form(size: number): FormData {
  const data = new FormData();
  data.append("one", new File([new Uint8Array(size)], "a.bin"));
  data.append("count", "3");
  data.append("tags", "x");
  data.append("tags", "y");
  return data;
}

/** What comes in whatever stands before. */
async function expectForms(ask: Ask, onDisk = true): Promise<void> {
  for (const size of [5, 2 << 20]) {
    const response = await ask("/take", { method: "POST", body: form(size) });
    expect([response.status, await response.json()]).toEqual([
      200,
      { name: "a.bin", size, onDisk: onDisk && size > 1 << 20, count: 3, tags: ["x", "y"] },
    ]);
  }
  await expectFields(ask);
}

async function expectFields(ask: Ask): Promise<void> {
  const fields = await ask("/take", { method: "POST", body: new URLSearchParams("count=4&tags=x") });
  expect([fields.status, await fields.json()]).toEqual([200, { count: 4, tags: ["x"] }]);
}

const compressed = {
  method: "POST",
  headers: { "content-type": "application/json", "content-encoding": "gzip" },
  body: gzipSync('{"count":5}'),
};

test("in Express, before any parser", async () => {
  await using app = await createApp(Mounted);
  await using server = await listening(createServer(express().use(app.node())));
  await expectForms((path, init) => fetch(server.url + path, init));
});

test("in Express, after parsers that know forms, and one that has undone the encoding", async () => {
  await using app = await createApp(Mounted);
  const parent = express().use(express.json(), express.urlencoded({ extended: true }), app.node());
  await using server = await listening(createServer(parent));
  await expectForms((path, init) => fetch(server.url + path, init));
  expect(await (await fetch(`${server.url}/take`, compressed)).json()).toMatchObject({ count: 5 });
});

test("in Express, after one that keeps the bytes", async () => {
  await using app = await createApp(Mounted);
  const parent = express().use(express.raw({ type: () => true, limit: "10mb" }), app.node());
  await using server = await listening(createServer(parent));
  await expectForms((path, init) => fetch(server.url + path, init));
  expect(await (await fetch(`${server.url}/take`, compressed)).json()).toMatchObject({ count: 5 });
});

test("in Express, after one that keeps nothing", async () => {
  await using app = await createApp(Mounted);
  const parent = express().use((request, _, next) => void request.resume().on("end", next), app.node());
  await using server = await listening(createServer(parent));
  expect((await fetch(`${server.url}/take`, { method: "POST", body: form(5) })).status).toBe(500);
});

test("in Express, with CORS", async () => {
  await using app = await createApp(Mounted, { cors: true });
  await using server = await listening(createServer(express().use(app.node())));
  await expectForms((path, init) => fetch(server.url + path, init));
});

test("in Fastify, whose parsers leave forms alone, or keep their bytes", async () => {
  await using app = await createApp(Mounted);
  for (const keeps of [false, true]) {
    const fastify = Fastify({ bodyLimit: 10 << 20 });
    if (keeps) fastify.addContentTypeParser("*", { parseAs: "buffer" }, (_, body, done) => done(null, body));
    else fastify.addContentTypeParser("*", (_request, _payload, done) => done(null));
    fastify.all("/*", app.node());
    await fastify.listen({ port: 0, host: "127.0.0.1" });
    await using server = await listening(fastify.server, () => fastify.close());
    await expectForms((path, init) => fetch(server.url + path, init));
  }
});

test("in Hono, before anybody reads, and after a form was", async () => {
  await using app = await createApp(Mounted);
  const ask =
    (parent: Hono): Ask =>
    async (path, init) =>
      parent.request(path, init);
  await expectForms(ask(new Hono().route("/", app)));
  const reading = new Hono().use(async (context, next) => {
    await context.req.parseBody();
    await next();
  });
  await expectForms(ask(reading.route("/", app)), false);
  const bytes = new Hono().use(async (context, next) => {
    await context.req.arrayBuffer();
    await next();
  });
  await expectForms(ask(bytes.route("/", app)));
});
