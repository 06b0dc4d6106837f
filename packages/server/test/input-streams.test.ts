import { brotliCompressSync, gzipSync } from "node:zlib";

import { BentoError, type Args, type Context } from "@bento/core";
import { api, service } from "@bento/sdk";
import { byteStream, jsonLines } from "@bento/sdk/kinds";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";

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
  async first(numbers: Args<typeof Numbers>) {
    for await (const n of numbers) return n;
    return -1;
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
});
