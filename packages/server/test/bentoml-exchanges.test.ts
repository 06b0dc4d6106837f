import { readFileSync } from "node:fs";

import { BentoError } from "@bento/core";
import { api, defineService, type ServiceClass } from "@bento/sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { doors, open } from "./doors.js";

/** One request to Python BentoML 1.4.39 and what it answered; only what JSON and plain text can show. */
interface Exchange {
  readonly id: string;
  readonly service: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body_text?: string;
    readonly body_base64?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: { readonly "content-type"?: string };
    readonly body_text?: string;
    readonly body_omitted?: boolean;
  };
}

const lines = readFileSync(new URL("fixtures/bentoml-exchanges.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const exchanges = lines.map((line) => JSON.parse(line) as Exchange);

const Greeting = z.object({ who: z.string(), times: z.int().default(1), sep: z.string().default(" ") });
const Point = z.object({ x: z.number(), y: z.number().default(0) });

/** The services that were asked, in our words. */
const services: Record<string, ServiceClass> = {
  Typed: defineService({
    name: "Typed",
    apis: {
      greet: api({ input: Greeting, output: z.string() }, ({ who, times, sep }) =>
        Array.from({ length: times }, () => `Hi ${who}`).join(sep),
      ),
      add: api({ input: z.object({ a: z.int(), b: z.int().default(2) }), output: z.int() }, ({ a, b }) => a + b),
      half: api({ input: z.object({ x: z.number() }), output: z.number() }, ({ x }) => x / 2),
      flip: api({ input: z.object({ flag: z.boolean().default(true) }), output: z.boolean() }, ({ flag }) => !flag),
      nothing: api({ input: z.object({}), output: z.null() }, () => null),
      maybe: api({ input: z.object({ x: z.int().nullable().default(null) }), output: z.int().nullable() }, ({ x }) => x),
      nullable: api({ input: z.object({ x: z.int().nullable() }), output: z.object({ x: z.int().nullable() }) }, (input) => input),
      maybe_text: api({ input: z.object({ s: z.string().nullable().default(null) }), output: z.string().nullable() }, ({ s }) => s),
      loose: api({ input: z.object({ x: z.json(), y: z.json().default(3) }), output: z.json() }, (input) => input),
    },
  }),
  Rooted: defineService({
    name: "Rooted",
    apis: {
      shout: api({ input: z.string(), output: z.string() }, (text) => text.toUpperCase()),
      total: api({ input: z.array(z.int()), output: z.int() }, (numbers) => numbers.reduce((sum, number) => sum + number, 0)),
      keys: api({ input: z.record(z.string(), z.json()), output: z.array(z.string()) }, (table) => Object.keys(table).toSorted()),
      next: api({ input: z.int(), output: z.int() }, (number) => number + 1),
      move: api({ input: Point, output: Point }, ({ x, y }) => ({ x: x + 1, y })),
    },
  }),
  Streams: defineService({
    name: "Streams",
    apis: {
      words: api(
        { input: z.object({ text: z.string(), times: z.int().default(1) }), output: z.string() },
        async function* ({ text, times }) {
          for (let i = 0; i < times; i++) for (const word of text.split(" ").filter(Boolean)) yield word;
        },
      ),
      letters: api({ input: z.object({ n: z.int().default(3) }), output: z.string() }, async function* ({ n }) {
        for (let i = 0; i < n; i++) yield String.fromCodePoint(97 + i);
      }),
      events: api({ input: z.object({ n: z.int().default(2) }), output: z.string() }, async function* ({ n }) {
        for (let i = 0; i < n; i++) yield `event: token\ndata: {"i": ${i}}\n\n`;
        yield "data: [DONE]\n\n";
      }),
      numbers: api({ input: z.object({ n: z.int().default(3) }), output: z.int() }, function* ({ n }) {
        for (let i = 0; i < n; i++) yield i * i;
      }),
      tokens: api(
        { input: z.object({ text: z.string() }), output: z.object({ id: z.int(), text: z.string() }) },
        async function* ({ text }) {
          for (const [id, word] of text.split(" ").entries()) yield { id, text: word };
        },
      ),
      empty: api({ input: z.object({}), output: z.string() }, async function* () {
        for (const text of [] as string[]) yield text;
      }),
      early_error: api({ input: z.object({ code: z.int().default(404) }), output: z.string() }, async function* ({ code }) {
        if (code === 404) throw new BentoError("BENTO_NOT_FOUND", "nothing to stream");
        if (code === 1) throw new Error("broken before the first item");
        yield "";
      }),
      echo: api({ input: z.string(), output: z.string() }, async function* (text) {
        yield* text;
      }),
    },
  }),
  Prefixed: defineService({
    name: "Prefixed",
    pathPrefix: "/v1",
    apis: { echo: api({ input: z.object({ s: z.string() }), output: z.string() }, ({ s }) => s) },
  }),
};

describe.each(doors)("what BentoML was asked, by %s", (door) => {
  test.each(Object.entries(services))("%s", async (name, service) => {
    await using ours = await open(door, service);
    const asked = exchanges.filter((exchange) => exchange.service === name);
    expect(asked.length).toBeGreaterThan(5);
    for (const { id, request, response } of asked) {
      const { method, path, headers, body_text: text, body_base64: base64 } = request;
      const body = base64 === undefined ? text : Buffer.from(base64, "base64");
      const got = await ours.fetch(path, { method, headers, ...(body !== undefined && { body }) });
      const gotText = await got.text();
      expect([id, got.status]).toEqual([id, response.status]);
      if (response.status === 404 && !id.startsWith("streams/")) continue;
      if (method === "HEAD") continue;
      expect([id, got.headers.get("content-type")]).toEqual([id, response.headers["content-type"]]);
      if (response.status === 200) expect([id, comparable(gotText)]).toEqual([id, comparable(response.body_text ?? "")]);
      else expect([id, shapeOf(gotText)]).toEqual([id, shapeOf(response.body_text ?? "")]);
    }
  });
});

/** JSON by its meaning, other text as it is. */
function comparable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What clients rely on in an error: whether it is an array, and where the problems are; pydantic's words are its own. */
function shapeOf(text: string): unknown {
  const parsed: unknown = JSON.parse(text);
  const body = (Array.isArray(parsed) ? parsed[0] : parsed) as { error: unknown; detail?: { loc: unknown[]; type: string }[] };
  // Malformed JSON is an error of its own here, not one of validation.
  if (!body.detail || body.detail[0]?.type === "json_invalid" || body.detail[0]?.type === "string_unicode") return typeof body.error;
  return body.detail.map(({ loc }) => loc.filter((part) => part !== "root")).toSorted((a, b) => String(a).localeCompare(String(b)));
}
