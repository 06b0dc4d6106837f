import { setTimeout as sleep } from "node:timers/promises";
import { createClient, discover } from "@bento/client";
import { api, defineService } from "@bento/sdk";
import { file } from "@bento/sdk/kinds";
import { serve } from "@bento/server";
import { expect, test } from "vitest";
import { z } from "zod";
import { startPythonService } from "./support/python-service.js";

// What a server closes because it lies idle, a call that comes at that very instant must not be sent on. Nothing is tried
// again here: a call that was lost would be seen.

const large = "x".repeat(2 ** 21);

/** Two thirds of a megabyte that can be sent once. */
function once(): ReadableStream<Uint8Array> {
  let pieces = 10;
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
    pieces-- > 0 ? controller.enqueue(new Uint8Array(65_536)) : controller.close();
  return new ReadableStream({ pull }, { highWaterMark: 0 });
}

const Counting = (() => {
  let calls = 0;
  return defineService({
    name: "counting",
    apis: {
      count: { options: {}, handler: () => ++calls },
      length: api({ input: z.object({ text: z.string() }), output: z.number() }, ({ text }) => text.length),
      size: api({ input: file(), output: z.number() }, async (input) => (await input.bytes()).byteLength),
      each: api({ input: z.object({ to: z.number() }), output: z.number() }, async function* ({ to }) {
        for (let n = 0; n < to; n += 1) yield n;
      }),
    },
  });
})();

test("no call is lost around the 65 seconds after which a server closes an idle connection", async () => {
  await using server = await serve(Counting, { port: 0, banner: false, accessLog: false, handleSignals: false });
  // Each with connections of its own, and each back a little later than the one before: from 58 to 68 seconds.
  const calls = Array.from({ length: 400 }, async (_, index) => {
    const client = createClient<InstanceType<typeof Counting>>(server.url, { retries: 0 });
    await client.count();
    await sleep(58_000 + index * 25);
    const again: readonly (() => PromiseLike<unknown>)[] = [
      () => client.count(),
      () => client.length({ text: large }),
      () => client.size(once()),
      () => client.each({ to: 3 }),
    ];
    return (again[index % 4] as () => PromiseLike<unknown>)();
  });
  const answers = await Promise.all(calls);
  const of = (kind: number): unknown[] => answers.filter((_, index) => index % 4 === kind);
  expect(Math.max(...(of(0) as number[]))).toBe(500);
  expect(new Set(of(1))).toEqual(new Set([large.length]));
  expect(new Set(of(2))).toEqual(new Set([655_360]));
  expect(of(3)).toEqual(Array.from({ length: 100 }, () => [0, 1, 2]));
}, 120_000);

test("nor around the 5 seconds of a Python server, which does not say so", async () => {
  await using server = await startPythonService("kinds:Kinds");
  const calls = Array.from({ length: 200 }, async (_, index) => {
    const client = await discover(server.url, { retries: 0 });
    await sleep(3500 + index * 10);
    return client.call("size", index % 2 === 0 ? new Blob([large]) : once());
  });
  expect(new Set(await Promise.all(calls))).toEqual(new Set([large.length, 655_360]));
});
