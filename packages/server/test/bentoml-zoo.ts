import { setTimeout as sleep } from "node:timers/promises";

import { BentoError } from "@bento/core";
import { api, defineService, mount } from "@bento/sdk";
import { bytes, file, tensor } from "@bento/sdk/kinds";
import { z } from "zod";

import { gate } from "./gate.js";

const nothing = z.object({});
const Point = z.object({ x: z.int(), y: z.int().default(0) });
const Item = z.object({ name: z.string(), price: z.number().gt(0), tags: z.array(z.string()).default([]) });
const Order = z.object({ id: z.int(), items: z.array(Item), note: z.string().nullable().default(null), placed: z.date() });

const textHeaders = { "content-type": "text/plain; charset=utf-8" };

/** What Python's zoo mounts: two routes, and plain words for all else. */
async function mounted(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const verbs = { "/ping": ["HEAD", "GET"], "/form": ["POST", "PUT"] }[pathname];
  if (verbs === undefined) return new Response("Not Found", { status: 404, headers: textHeaders });
  if (!verbs.includes(request.method))
    return new Response("Method Not Allowed", { status: 405, headers: { ...textHeaders, allow: verbs.join(", ") } });
  if (pathname === "/ping") return Response.json({ pong: searchParams.get("q") ?? "" });
  return new Response((await request.text()) || "empty", { status: 202, headers: textHeaders });
}

/** A Hono app would name them by itself. */
const side = { fetch: mounted, routes: [{ path: "/ping" }, { path: "/form" }] };

/** Calls that hold their place until the test lets them go, where it says so: a recorded time is nothing to wait for. */
export const holding = { isHeld: false, count: 0, release: gate() };

const errors: Readonly<Record<string, () => Error>> = {
  invalid: () => new BentoError("BENTO_BAD_REQUEST", "argument n must be even"),
  missing: () => new BentoError("BENTO_NOT_FOUND", "no such cat"),
  unprocessable: () => new BentoError("BENTO_UNPROCESSABLE", "cannot read the scan"),
  unavailable: () => new BentoError("BENTO_UNAVAILABLE", "warming up"),
  base: () => new BentoError("BENTO_INTERNAL", "secret detail"),
  unauthorized: () => new BentoError("BENTO_UNAUTHORIZED", "secret"),
  forbidden: () => new BentoError("BENTO_FORBIDDEN", "secret"),
  conflict: () => new BentoError("BENTO_CONFLICT", "already there"),
  too_large: () => new BentoError("BENTO_PAYLOAD_TOO_LARGE", "at most 10 rows"),
  too_many: () => new BentoError("BENTO_TOO_MANY_REQUESTS", "slow down"),
  not_implemented: () => new BentoError("BENTO_INTERNAL", "later", { status: 501 }),
};

/** Texts that wait for each other, as the recorded ones did: what is there at once is sent together. */
async function* spaced(texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) {
    await sleep(1);
    yield text;
  }
}

// The services that Python BentoML was recorded with, in our words: those that are about calls, not about kinds of values.

export const Streams = defineService({
  name: "Streams",
  apis: {
    words: api({ input: z.object({ text: z.string(), times: z.int().default(1) }), output: z.string() }, async function* ({ text, times }) {
      for (let i = 0; i < times; i++) yield* spaced(text.split(" ").filter(Boolean));
    }),
    letters: api({ input: z.object({ n: z.int().default(3) }), output: z.string() }, async function* ({ n }) {
      yield* spaced(Array.from({ length: n }, (_, i) => String.fromCodePoint(97 + i)));
    }),
    events: api({ input: z.object({ n: z.int().default(2) }), output: z.string() }, async function* ({ n }) {
      const tokens = Array.from({ length: n }, (_, i) => `event: token\ndata: {"i": ${i}}\n\n`);
      yield* spaced([...tokens, "data: [DONE]\n\n"]);
    }),
    blocks: api({ input: z.object({ n: z.int().default(3) }), output: bytes() }, async function* ({ n }) {
      for (let i = 0; i < n; i++) yield new Uint8Array([i, 255 - i]);
    }),
    numbers: api({ input: z.object({ n: z.int().default(3) }), output: z.int() }, function* ({ n }) {
      for (let i = 0; i < n; i++) yield i * i;
    }),
    tokens: api({ input: z.object({ text: z.string() }), output: z.object({ id: z.int(), text: z.string() }) }, async function* ({ text }) {
      for (const [id, word] of text.split(" ").entries()) yield { id, text: word };
    }),
    empty: api({ input: nothing, output: z.string() }, async function* () {
      for (const text of [] as string[]) yield text;
    }),
    early_error: api({ input: z.object({ code: z.int().default(404) }), output: z.string() }, async function* ({ code }) {
      if (code === 404) throw new BentoError("BENTO_NOT_FOUND", "nothing to stream");
      if (code === 1) throw new Error("broken before the first item");
      yield "";
    }),
    late_error: api({ input: nothing, output: z.string() }, async function* () {
      yield "one";
      await sleep(1);
      throw new Error("broken after the first item");
    }),
    echo: api({ input: z.string(), output: z.string() }, async function* (text) {
      yield* spaced(Array.from(text));
    }),
  },
});

export const Routed = defineService({
  name: "Routed",
  description: "Custom routes, the request context, and a mounted application.",
  mounts: [mount("/side", side)],
  traceId: true,
  apis: {
    classify: api({ input: z.object({ text: z.string() }), output: z.string(), route: "/v2/classify" }, ({ text }) => `class of ${text}`),
    original: api({ input: nothing, output: z.string(), name: "renamed" }, () => "original"),
    by_key: api({ input: z.object({ n: z.int().default(1) }), output: z.int(), route: "/items/{key}" }, ({ n }) => n),
    headers_in: api({ input: z.object({ name: z.string() }), output: z.json() }, ({ name }, { request }) => ({
      value: request.headers.get(name),
      query: Object.fromEntries(new URL(request.url).searchParams),
    })),
    cookie_in: api({ input: nothing, output: z.record(z.string(), z.string()) }, (_, ctx) => ctx.request.cookies),
    teapot: api({ input: nothing, output: z.string() }, (_, { response }) => {
      response.status = 418;
      response.headers.set("X-Kettle", "on");
      response.headers.set("Server", "mine");
      response.setCookie("flavour", "earl grey", { maxAge: 60, httpOnly: true });
      response.setCookie("plain", "1");
      return "short and stout";
    }),
    created: api({ input: nothing, output: z.record(z.string(), z.int()) }, (_, { response }) => {
      response.status = 201;
      response.headers.set("Location", "/things/7");
      return { id: 7 };
    }),
    own_response: api({ input: z.object({ status: z.int().default(203) }) }, ({ status }) =>
      Response.json({ own: true }, { status, headers: { "X-Own": "1" } }),
    ),
    overwritten_response: api({ input: nothing }, () => new Response("accepted", { status: 202, headers: textHeaders })),
  },
});

export const Prefixed = defineService({
  name: "Prefixed",
  pathPrefix: "/v1",
  mounts: [mount("/side", side)],
  apis: {
    echo: api({ input: z.object({ s: z.string() }), output: z.string() }, ({ s }) => s),
    deeper: api({ input: z.int(), output: z.int(), route: "/deep/er" }, (n) => n),
  },
});

export const Failing = defineService({
  name: "Failing",
  apis: {
    bento: api({ input: z.object({ kind: z.string() }), output: z.string() }, ({ kind }) => {
      throw errors[kind]?.() ?? new TypeError(kind);
    }),
    plain: api({ input: z.object({ message: z.string().default("boom") }), output: z.string() }, ({ message }) => {
      throw new Error(message);
    }),
    starlette_error: api({ input: nothing, output: z.string() }, () => {
      throw Object.assign(new Error("not shown"), { status: 409 });
    }),
    validate_inside: api({ input: nothing, output: z.string() }, () => JSON.stringify(Point.parse({ x: "many" }))),
    wrong_output: api({ input: nothing, output: z.int() }, () => "many" as never),
    dict_for_model: api({ input: nothing, output: Point }, () => ({ x: 1 })),
    needs: api(
      {
        input: z.object({ n: z.int(), tags: z.array(z.string()), at: z.date(), color: z.enum(["red", "blue"]).default("red") }),
        output: z.int(),
      },
      ({ n }) => n,
    ),
    nested: api({ input: z.object({ order: Order }), output: z.int() }, ({ order }) => order.id),
    list_root: api({ input: z.array(z.int()), output: z.int() }, (numbers) => numbers.reduce((sum, number) => sum + number, 0)),
    point_root: api({ input: z.union([Point]), output: z.int() }, ({ x }) => x),
    file_needed: api({ input: z.object({ file: file("image/png"), n: z.int() }), output: z.int() }, ({ n }) => n),
    matrix: api({ input: z.object({ m: tensor("float32", [2, 2]) }), output: z.int() }, ({ m }) => m.size),
    fine: api({ input: nothing, output: z.string() }, () => "fine"),
  },
});

export const Limited = defineService({
  name: "Limited",
  traffic: { timeout: 1, maxConcurrency: 2 },
  apis: {
    hold: api({ input: z.object({ seconds: z.number() }), output: z.string() }, async ({ seconds }, ctx) => {
      if (holding.isHeld && seconds > 0.5 && seconds <= 1) {
        holding.count += 1;
        await holding.release.promise;
      } else await sleep(seconds * 1000, undefined, { signal: ctx.signal }).catch(() => undefined);
      return "held";
    }),
    long_stream: api({ input: z.object({ n: z.int().default(4) }), output: z.string() }, async function* ({ n }) {
      for (let i = 0; i < n; i++) {
        yield String(i);
        await sleep(400);
      }
    }),
  },
});

export const Unwell = defineService({
  name: "Unwell",
  description: "Reports itself dead and not ready, and adds a line to the metrics.",
  readiness: () => false,
  liveness: async () => false,
  metrics: () => "zoo_extra 1\n",
  apis: { still_answers: api({ input: nothing, output: z.string() }, () => "yes") },
});

export const Metered = defineService({
  name: "Metered",
  apis: {
    ok: api({ input: z.object({ n: z.int().default(1) }), output: z.int() }, ({ n }) => n),
    batch: api({ input: z.object({ xs: z.array(z.int()) }), output: z.array(z.int()), batchable: true, maxBatchSize: 4 }, ({ xs }) => xs),
  },
});

export const Crossed = defineService({
  name: "Crossed",
  cors: {
    origin: ["http://app.example"],
    allowMethods: ["GET", "POST"],
    allowHeaders: ["content-type"],
    maxAge: 600,
    exposeHeaders: ["x-bentoml-request-id"],
  },
  apis: { ok: api({ input: nothing, output: z.string() }, () => "ok") },
});
