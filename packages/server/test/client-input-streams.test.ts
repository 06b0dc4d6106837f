import { EventEmitter, once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@bento/client";
import { type Args, Tensor } from "@bento/core";
import { api, fileFromPath, service } from "@bento/sdk";
import { byteStream, image, jsonLines, tensor } from "@bento/sdk/kinds";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { type BentoServer, createApp, serve } from "../src/index.js";
import { LineLogger } from "./doors.js";
import { encodePng } from "./tiny-png.js";

const Items = jsonLines(z.object({ n: z.number(), at: z.date().optional() }));
const Rich = jsonLines(z.object({ picture: image().optional(), row: tensor("float32", ["n"]).optional() }));
const Bytes = byteStream();

const steps = new EventEmitter();

@service({ traffic: { timeout: 5 } })
class Taking {
  @api({ input: Items, output: z.number() })
  async sum(items: Args<typeof Items>) {
    let sum = 0;
    for await (const { n, at } of items) {
      sum += n + (at?.getUTCFullYear() ?? 0);
      steps.emit("took", n);
    }
    return sum;
  }

  @api({ input: Items, output: z.number() })
  async *running(items: Args<typeof Items>) {
    let sum = 0;
    for await (const { n } of items) yield (sum += n);
  }

  @api({ input: Items, output: z.number() })
  async first(items: Args<typeof Items>) {
    for await (const { n } of items) return n;
    return -1;
  }

  @api({ input: Rich, output: z.array(z.string()) })
  async shapes(items: Args<typeof Rich>) {
    const told: string[] = [];
    for await (const { picture, row } of items)
      told.push(picture === undefined ? String(row?.shape) : `${picture.width}x${picture.height}`);
    return told;
  }

  @api({ input: Bytes, output: z.number() })
  async weigh(pieces: Args<typeof Bytes>) {
    let size = 0;
    for await (const piece of pieces) size += piece.byteLength;
    return size;
  }
}

let server: BentoServer;
const options = { logger: new LineLogger(), banner: false, accessLog: false, handleSignals: false } as const;
beforeAll(async () => {
  server = await serve(Taking, { ...options, port: 0 });
});
afterAll(() => server.close());

const open = {
  "over a socket": async () => createClient<Taking>(server.url),
  "in process": async () => (await createApp(Taking)).client(),
} as const;

/** Items for as long as somebody takes them, and whether somebody still does. */
function endless() {
  const state = { given: 0, isEnded: false };
  const ended = new EventEmitter();
  async function* items() {
    try {
      for (let n = 1; ; n++) {
        state.given = n;
        yield { n };
      }
    } finally {
      state.isEnded = true;
      ended.emit("end");
    }
  }
  return { state, items, end: once(ended, "end") };
}

describe.each(Object.keys(open) as (keyof typeof open)[])("%s", (how) => {
  test("values go from lists, generators and streams, dates too", async () => {
    const client = await open[how]();
    const list = [{ n: 1 }, { n: 2, at: new Date("2000-01-01") }];
    expect(await client.sum(list)).toBe(2003);
    expect(await client.sum(Array.from({ length: 30_000 }, () => ({ n: 1 })))).toBe(30_000);
    expect(await client.sum([])).toBe(0);
    async function* generated() {
      yield* list;
    }
    expect(await client.sum(generated())).toBe(2003);
    const streamed = new ReadableStream<(typeof list)[number]>({
      start(controller) {
        for (const item of list) controller.enqueue(item);
        controller.close();
      },
    });
    expect(await client.sum(streamed)).toBe(2003);
  });

  test("files and tensors go within values", async () => {
    const client = await open[how]();
    expect(
      await client.shapes([
        { picture: encodePng({ width: 1, height: 1, rgb: new Uint8Array(3) }) },
        { row: new Float32Array(3) },
        { row: Tensor.from([1, 2], "float32") },
      ]),
    ).toEqual(["1x1", "3", "2"]);
  });

  test("bytes go from memory, Blobs, streams, generators and files", async () => {
    const client = await open[how]();
    const bytes = new Uint8Array(100_000);
    async function* pieces() {
      yield bytes;
      yield bytes;
    }
    expect(await client.weigh(bytes)).toBe(100_000);
    expect(await client.weigh(new Blob([bytes]))).toBe(100_000);
    expect(await client.weigh(new Blob([bytes]).stream())).toBe(100_000);
    expect(await client.weigh(pieces())).toBe(200_000);
    const folder = await mkdtemp(join(tmpdir(), "bento-stream-"));
    try {
      const path = join(folder, "large.bin");
      await writeFile(path, Buffer.alloc(3 << 20));
      expect(await client.weigh(await fileFromPath(path))).toBe(3 << 20);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("answers come while items are sent", async () => {
    const client = await open[how]();
    const turns = new EventEmitter();
    async function* items() {
      for (const n of [1, 10, 100]) {
        const answered = once(turns, "answer");
        yield { n };
        await answered;
      }
    }
    const got: number[] = [];
    for await (const sum of client.running(items())) {
      got.push(sum);
      turns.emit("answer");
    }
    expect(got).toEqual([1, 11, 111]);
  });

  test("what the items throw ends the request, and is what the call fails with", async () => {
    const client = await open[how]();
    const failure = new Error("no more");
    async function* items() {
      yield { n: 1 };
      throw failure;
    }
    await expect(client.sum(items())).rejects.toBe(failure);
    await expect(
      (async () => {
        for await (const _ of client.running(items()));
      })(),
    ).rejects.toBe(failure);
    const broken = new ReadableStream({ start: (controller) => controller.error(failure) });
    await expect(client.weigh(broken)).rejects.toBe(failure);
  });

  test("an answer that comes early is the call's, and ends the items", async () => {
    const client = await open[how]();
    const good = endless();
    expect(await client.first(good.items())).toBe(1);
    await good.end;
    const bad = endless();
    async function* wrong() {
      yield { n: "x" as unknown as number };
      yield* bad.items();
    }
    await expect(client.sum(wrong())).rejects.toMatchObject({ code: "BENTO_INPUT_INVALID", issues: [{ path: [0, "n"] }] });
  });

  test("a caller that stops ends the items and the method", async () => {
    const client = await open[how]();
    const source = endless();
    for await (const sum of client.running(source.items())) if (sum > 5) break;
    await source.end;
    const stopped = endless();
    const leaving = new AbortController();
    const took = once(steps, "took");
    const call = client.sum(stopped.items(), { signal: leaving.signal });
    call.catch(() => undefined);
    await took;
    leaving.abort();
    await expect(call).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
    await stopped.end;
  });

  test("the time of a call counts anew with each item that leaves", async () => {
    const client = await open[how]();
    async function* items() {
      for (let n = 0; n < 6; n++) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        yield { n: 1 };
      }
    }
    expect(await client.sum(items(), { timeoutMs: 1000 })).toBe(6);
    async function* silent() {
      yield { n: 1 };
      await once(steps, "never");
    }
    await expect(client.sum(silent(), { timeoutMs: 200 })).rejects.toMatchObject({ code: "BENTO_TIMEOUT" });
  });
});

test("a list is sent again where nobody had it, a stream never", async () => {
  const closed = await serve(Taking, { ...options, port: 0 });
  const schema = await (await fetch(`${closed.url}/schema.json`)).json();
  await closed.close();
  let attempts = 0;
  const client = createClient<Taking>(closed.url, { schema, retries: 2, hooks: { onRequest: () => void (attempts += 1) } });
  await expect(client.sum([{ n: 1 }])).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
  expect(attempts).toBe(3);
  attempts = 0;
  await expect(client.sum(endless().items())).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
  expect(attempts).toBe(1);
});
