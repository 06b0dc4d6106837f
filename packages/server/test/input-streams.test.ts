import { brotliCompressSync, gzipSync } from "node:zlib";

import { BentoError, type Args, type Context } from "@bento/core";
import { api, service } from "@bento/sdk";
import { byteStream, jsonLines } from "@bento/sdk/kinds";
import { dereference, validate } from "@readme/openapi-parser";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp } from "../src/index.js";
import { type Door, doors, open } from "./doors.js";

const Texts = jsonLines(z.object({ text: z.string(), at: z.date().optional() }));
const Numbers = jsonLines(z.number());
const Bytes = byteStream();

/** What methods have seen of their inputs, by what the caller named it. */
const seen = new Map<string, unknown[]>();
const told = (key: string): unknown[] => seen.get(key) ?? (seen.set(key, []), told(key));
const keyOf = (ctx: Context): string => ctx.request.headers.get("x-key") ?? "";

@service({ traffic: { timeout: 20 } })
class Taking {
  @api({ input: Texts, output: z.array(z.string()) })
  async collect(lines: Args<typeof Texts>) {
    const texts: string[] = [];
    for await (const { text, at } of lines) texts.push(at === undefined ? text : `${text} ${at.getUTCFullYear()}`);
    return texts;
  }

  @api({ input: Numbers, output: z.number() })
  async *running(numbers: Args<typeof Numbers>, ctx: Context) {
    let sum = 0;
    try {
      for await (const n of numbers) yield (sum += n);
      told(keyOf(ctx)).push("end");
    } catch (error) {
      told(keyOf(ctx)).push(BentoError.is(error) ? error.code : error);
      throw error;
    } finally {
      told(keyOf(ctx)).push("finally");
    }
  }

  @api({ input: Numbers, output: z.number() })
  async sum(numbers: Args<typeof Numbers>) {
    let sum = 0;
    for await (const n of numbers) sum += n;
    return sum;
  }

  @api({ input: Numbers, output: z.string() })
  async forgiving(numbers: Args<typeof Numbers>) {
    let count = 0;
    try {
      for await (const _ of numbers) count += 1;
    } catch (error) {
      return `${count}, then ${BentoError.is(error) ? error.code : "?"}`;
    }
    return `${count}`;
  }

  @api({ input: Bytes, output: z.object({ size: z.number(), sum: z.number() }) })
  async weigh(pieces: Args<typeof Bytes>) {
    let [size, sum] = [0, 0];
    for await (const piece of pieces) {
      size += piece.byteLength;
      for (const byte of piece) sum = (sum + byte) % 65_536;
    }
    return { size, sum };
  }

  @api({ input: Numbers, output: z.string() })
  ignoring(_numbers: Args<typeof Numbers>) {
    return "not read";
  }
}

const lines = (body: string | Uint8Array, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/jsonl", ...headers },
  body: body as string,
});

describe.each(doors)("by %s", (kind) => {
  let door: Door;
  const opened = async () => (door = await open(kind, Taking, { maxBodyBytes: 1000 }));
  afterEach(() => door[Symbol.asyncDispose]());

  test("values come as lines, dates as dates, with whatever stands between them", async () => {
    await opened();
    const body = '{"text":"a"}\n\n  \r\n{"text":"ü","at":"2026-01-01T00:00:00Z"}\r\n\t{ "text" : "c" }';
    for (const type of ["application/jsonl", "application/x-ndjson; charset=utf-8"]) {
      const answer = await door.fetch("/collect", lines(body, { "content-type": type }));
      expect([answer.status, await answer.json()]).toEqual([200, ["a", "ü 2026", "c"]]);
    }
    expect(await (await door.fetch("/collect", lines(""))).json()).toEqual([]);
  });

  test("values come as a list, too, and compressed either way", async () => {
    await opened();
    const list = '[{"text":"a"},{"text":"b","at":"2025-05-05T00:00:00Z"}]';
    const json = { "content-type": "application/json" };
    expect(await (await door.fetch("/collect", lines(list, json))).json()).toEqual(["a", "b 2025"]);
    const packed = lines(gzipSync(list), { ...json, "content-encoding": "gzip" });
    expect(await (await door.fetch("/collect", packed)).json()).toEqual(["a", "b 2025"]);
    for (const [encoding, pack] of [
      ["gzip", gzipSync],
      ["br", brotliCompressSync],
    ] as const) {
      const packedLines = lines(pack('{"text":"x"}\n{"text":"y"}\n'), { "content-encoding": encoding });
      expect(await (await door.fetch("/collect", packedLines)).json()).toEqual(["x", "y"]);
    }
    const single = await door.fetch("/collect", lines('{"text":"a"}', json));
    expect([single.status, await single.text()]).toEqual([400, expect.stringContaining("stream of values")]);
  });

  test("bytes come whatever their type, and more of them than a body may have", async () => {
    await opened();
    const bytes = new Uint8Array(300_000).fill(3);
    for (const type of ["image/png", "application/json", "multipart/form-data", "application/jsonl"]) {
      const answer = await door.fetch("/weigh", lines(bytes, { "content-type": type }));
      expect(await answer.json()).toEqual({ size: 300_000, sum: 900_000 % 65_536 });
    }
    const packed = lines(gzipSync(bytes), { "content-encoding": "gzip" });
    expect(await (await door.fetch("/weigh", packed)).json()).toMatchObject({ size: 300_000 });
  });

  const bad = Buffer.concat([Buffer.from("1\n"), Buffer.from([0x22, 0xff, 0x22]), Buffer.from("\n2")]);
  test.each([
    ["no JSON", "1\n2\n{]\n3", 400, /Item 2 of the stream.*column 2/, [2], "invalid_json"],
    ["a value of another type", '1\n"2"\n3', 400, /Item 1 of the stream/, [1], "invalid_type"],
    ["no UTF-8", bad, 400, /Item 1 of the stream.*UTF-8/, [1], "invalid_utf8"],
    ["no end", "1\n[", 400, /Item 1/, [1], "invalid_json"],
    ["nested too deeply for its schema", `1\n${"[".repeat(400)}${"]".repeat(400)}`, 400, /Item 1/, [1], "invalid_type"],
  ] as const)("a line that is %s ends the stream, with its number", async (_, body, status, message, path, code) => {
    await opened();
    const answer = await door.fetch("/sum", lines(body));
    const text = await answer.text();
    expect([answer.status, text]).toEqual([status, expect.stringMatching(message)]);
    expect(JSON.parse(text)).toMatchObject({ code: "BENTO_INPUT_INVALID", detail: [{ loc: path, type: code }] });
    // A method that catches it goes on.
    const count = path[0];
    expect(await (await door.fetch("/forgiving", lines(body))).text()).toBe(`${count}, then BENTO_INPUT_INVALID`);
  });

  test("the path within an item follows its number, also in lists", async () => {
    await opened();
    for (const [type, body] of [
      ["application/jsonl", '{"text":"a"}\n\n{"text":1}'],
      ["application/json", '[{"text":"a"},{"text":1}]'],
    ] as const) {
      const answer = await door.fetch("/collect", lines(body, { "content-type": type }));
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('"loc":[1,"text"]')]);
    }
  });

  test("a line may be as long as a body may, and not longer; all of them together may", async () => {
    await opened();
    const line = (length: number) => `{"text":"${"x".repeat(length - 11)}"}\n`;
    expect(await (await door.fetch("/collect", lines(line(1000).repeat(50)))).json()).toHaveLength(50);
    const long = await door.fetch("/collect", lines(line(1000) + line(1001)));
    expect([long.status, await long.text()]).toEqual([413, expect.stringMatching(/Item 1 of the stream is larger than the 1000 bytes/)]);
    const endless = await door.fetch("/collect", lines("y".repeat(100_000)));
    expect(endless.status).toBe(413);
    const list = await door.fetch("/collect", lines(`[${"1,".repeat(600)}1]`, { "content-type": "application/json" }));
    expect(list.status).toBe(413);
  });

  test("what is not compressed as it says, or in no way that is known, or no text, is refused", async () => {
    await opened();
    const broken = await door.fetch("/sum", lines("1\n", { "content-encoding": "gzip" }));
    expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining("not valid gzip")]);
    const cut = await door.fetch("/weigh", lines(gzipSync(new Uint8Array(10_000)).subarray(0, 20), { "content-encoding": "gzip" }));
    expect(cut.status).toBe(400);
    expect((await door.fetch("/sum", lines("1\n", { "content-encoding": "zstd" }))).status).toBe(415);
    expect((await door.fetch("/sum", lines("1\n", { "content-type": "application/x-www-form-urlencoded" }))).status).toBe(415);
  });

  test("no key of an item reaches a prototype", async () => {
    await opened();
    const body = '{"text":"a","__proto__":{"at":"2020-01-01"}}\n{"text":"b","constructor":{"prototype":{"polluted":1}}}\n{"text":"c"}';
    expect(await (await door.fetch("/collect", lines(body))).json()).toEqual(["a", "b", "c"]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test("a failure in the middle of an answer is told as in any stream", async () => {
    await opened();
    const answer = await door.fetch("/running", lines("1\n2\nx", { accept: "text/event-stream", "x-key": kind }));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(/data: 1\n[^]*data: 3\n[^]*event: error\ndata: .*BENTO_INPUT_INVALID/);
    expect(told(kind)).toEqual(["BENTO_INPUT_INVALID", "finally"]);
  });

  test("a method may answer without a look at its input", async () => {
    await opened();
    expect(await (await door.fetch("/ignoring", lines("1\n2\n"))).text()).toBe("not read");
  });
});

test("the documents say what such an endpoint takes", async () => {
  await using app = await createApp(Taking);
  const document = (await (await app.request("/schema.json")).json()) as { routes: { name: string; input: object }[] };
  const inputOf = (name: string) => document.routes.find((route) => route.name === name)?.input;
  expect(inputOf("sum")).toMatchObject({ type: "array", items: { type: "number" }, "x-bento-stream": true, root_input: true });
  expect(inputOf("weigh")).toMatchObject({ type: "file", format: "binary", "x-bento-stream": true, root_input: true });
  const openApi = (await (await app.request("/docs.json")).json()) as object;
  expect(await validate(structuredClone(openApi) as never)).toMatchObject({ valid: true });
  const { paths } = (await dereference(openApi as never)) as { paths: Record<string, { post: { requestBody: object } }> };
  expect(paths["/sum"]?.post.requestBody).toMatchObject({
    required: true,
    content: {
      "application/jsonl": { schema: { type: "number" } },
      "application/json": { schema: { type: "array", items: { type: "number" } } },
    },
  });
  expect(paths["/weigh"]?.post.requestBody).toMatchObject({ content: { "*/*": { schema: { type: "string", format: "binary" } } } });
});
