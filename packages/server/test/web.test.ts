import { api, defineService, mount } from "@bento/sdk";
import { validate } from "@readme/openapi-parser";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp, serve } from "../src/index.js";
import { doors, json, LineLogger, open } from "./doors.js";
import { samplesOf, valueOf } from "./exposition.js";
import { Web } from "./fixtures/web-service.mjs";
import { expectCookies, expectHealth, expectMounts, expectOwnResponses, expectParams } from "./web-checks.js";

describe.each(doors)("by %s", (door) => {
  test("paths with parameters", async () => {
    await using web = await open(door, Web);
    await expectParams((path, init) => web.fetch(path, init));
  });

  test("cookies, in and out", async () => {
    await using web = await open(door, Web);
    await expectCookies((path, init) => web.fetch(path, init));
  });

  test("answers that a method makes by itself", async () => {
    await using web = await open(door, Web);
    await expectOwnResponses((path, init) => web.fetch(path, init));
  });

  test("mounted apps", async () => {
    await using web = await open(door, Web);
    await expectMounts((path, init) => web.fetch(path, init));
  });

  test("hooks that say how it is", async () => {
    await using web = await open(door, Web);
    const feel = async (feeling: object) => void (await web.fetch("/feel", json(feeling)));
    await expectHealth((path, init) => web.fetch(path, init), feel);
  });

  test("measures of its own, and text that a hook adds", async () => {
    await using web = await open(door, Web);
    const before = samplesOf(await (await web.fetch("/metrics")).text());
    const calls = (samples: ReturnType<typeof samplesOf>, kind: string) => valueOf(samples, "web_service_calls_total", { kind }) ?? 0;
    for (const kind of ["a", "a", 'b"\\']) await web.fetch("/count", json({ kind }));
    const text = await (await web.fetch("/metrics")).text();
    expect(text.endsWith("\nweb_extra 1\n")).toBe(true);
    expect(text).toContain('# HELP web_service_calls_total Calls, by "kind"\n# TYPE web_service_calls_total counter\n');
    const after = samplesOf(text);
    expect(calls(after, "a") - calls(before, "a")).toBe(2);
    expect(valueOf(after, "web_service_level", {})).toBe(3);
    const bucket = (le: string) =>
      (valueOf(after, "web_service_sizes_bucket", { le }) ?? 0) - (valueOf(before, "web_service_sizes_bucket", { le }) ?? 0);
    expect([bucket("1"), bucket("10"), bucket("+Inf")]).toEqual([2, 3, 3]);
  });

  test("a trace id, the caller's where it has one", async () => {
    await using web = await open(door, Web);
    const idOf = async (traceparent?: string) =>
      (await web.fetch("/params", json({}, traceparent === undefined ? {} : { traceparent }))).headers.get("x-bentoml-trace-id");
    expect(await idOf("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")).toBe("0af7651916cd43dd8448eb211c80319c");
    const own = await Promise.all([idOf(), idOf(), idOf("nonsense"), idOf(`00-${"0".repeat(32)}-b7ad6b7169203331-01`)]);
    expect(new Set(own).size).toBe(4);
    for (const id of own) expect(id).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });

  test("mounted apps are behind the same credentials and limits", async () => {
    const slow = defineService({
      name: "slow",
      traffic: { timeout: 0.05 },
      apis: {},
      mounts: [mount("/", () => new Promise<Response>(() => undefined))],
    });
    await using web = await open(door, Web, { auth: { tokens: ["s3cret"] }, maxBodyBytes: 10 });
    expect((await web.fetch("/hono/ping")).status).toBe(401);
    const headers = { authorization: "Bearer s3cret" };
    expect((await web.fetch("/hono/ping", { headers })).status).toBe(200);
    expect((await web.fetch("/hono/echo", { method: "POST", headers, body: "x".repeat(11) })).status).toBe(413);
    await using slowly = await open(door, slow);
    expect((await slowly.fetch("/any/where")).status).toBe(504);
    expect((await slowly.fetch("/schema.json")).status).toBe(200);
  });

  test("a service's own CORS, which an option replaces", async () => {
    const origin = "http://app.example";
    const crossed = defineService({
      name: "crossed",
      cors: { origin: [origin] },
      apis: { ok: api({ input: z.object({}), output: z.string() }, () => "ok") },
    });
    const from = (value: string) => json({}, { origin: value });
    await using service = await open(door, crossed);
    expect((await service.fetch("/ok", from(origin))).headers.get("access-control-allow-origin")).toBe(origin);
    expect((await service.fetch("/ok", from("http://evil.example"))).headers.get("access-control-allow-origin")).toBeNull();
    await using other = await open(door, crossed, { cors: true });
    expect((await other.fetch("/ok", from("http://evil.example"))).headers.get("access-control-allow-origin")).toBe("*");
    await using none = await open(door, crossed, { cors: false });
    expect((await none.fetch("/schema.json", { headers: { origin } })).headers.get("access-control-allow-origin")).toBeNull();
  });
});

test("a reader that leaves ends the stream of an own response", async () => {
  await using server = await serve(Web, { port: 0, banner: false, accessLog: false, handleSignals: false, logger: new LineLogger() });
  const leaving = new AbortController();
  const response = await fetch(`${server.url}/endless`, { ...json({}), signal: leaving.signal });
  const reader = response.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("first");
  const ended = async () => ((await (await fetch(`${server.url}/ended`, json({}))).json()) as string[]).length;
  const before = await ended();
  leaving.abort();
  await expect.poll(ended).toBeGreaterThan(before);
});

test("a failure in the middle of an own response is logged", async () => {
  const logger = new LineLogger();
  await using app = await createApp(Web, { logger });
  const response = await app.request("/letters", json({ text: "a!" }));
  await expect(response.text()).rejects.toThrow(/./);
  expect(logger.lines.map(({ message }) => message).join()).toContain("broken in the middle");
});

test("a client fills in the parameters of a path", async () => {
  const typed = defineService({
    name: "typed",
    apis: {
      item: api({ input: z.object({}), output: z.string(), route: "/items/{key}" }, (_, { request }) => request.params["key"] ?? ""),
    },
  });
  await using app = await createApp(typed);
  expect(await app.client().item({}, { params: { key: "a/b ü" } })).toBe("a/b ü");
});

test("why it is not well is in the log, once", async () => {
  const logger = new LineLogger();
  await using app = await createApp(Web, { logger });
  await app.request("/feel", json({ isAlive: false }));
  for (let at = 0; at < 3; at += 1) expect((await app.request("/livez")).status).toBe(503);
  await app.request("/feel", json({}));
  const told = logger.lines.filter(({ message }) => message.includes("liveness check"));
  expect(told.map(({ fields }) => fields["problem"])).toEqual(["failed: secret reason"]);
});

test("the OpenAPI document names the parameters of paths", async () => {
  await using app = await createApp(Web);
  const document = (await (await app.request("/docs.json")).json()) as { paths: Record<string, { post: { parameters: unknown[] } }> };
  expect(document.paths["/items/{key}/of/{owner}"]?.post.parameters).toContainEqual(
    expect.objectContaining({ name: "key", in: "path", required: true }),
  );
  expect(await validate(document as never)).toMatchObject({ valid: true });
});
