import { createClient } from "@bento/client";
import { api, getContext, service } from "@bento/sdk";
import { expect, test } from "vitest";
import { z } from "zod";

import { serve } from "../src/index.js";
import { startCuttingProxy } from "./cutting-proxy.js";
import { LineLogger } from "./doors.js";
import { gate } from "./gate.js";

let goOn = gate();
let ended = gate<string>();

@service({ name: "resumed" })
class Resumed {
  @api({ input: z.object({ to: z.number() }), output: z.object({ n: z.number(), text: z.string() }), replay: { items: 100_000 } })
  async *counted({ to }: { to: number }) {
    for (let n = 0; n < to; n++) yield { n, text: `${n} – größer als 127` };
  }

  @api({ input: z.object({}), output: z.number(), replay: { items: 2, seconds: 20 } })
  async *forgetful() {
    yield 0;
    await goOn.promise;
    for (let n = 1; n < 50_000; n++) yield n;
  }

  @api({ input: z.object({}), output: z.number(), replay: {} })
  async *endless() {
    const { signal } = getContext();
    try {
      yield 0;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    } finally {
      ended.open(`ended, aborted: ${signal.aborted}`);
    }
  }

  @api({ input: z.object({}), output: z.number(), replay: {} })
  async *failing() {
    yield 0;
    await goOn.promise;
    throw new Error("secret");
  }

  @api({ input: z.object({}), output: z.number() })
  async *fleeting() {
    yield 0;
    await goOn.promise;
    yield 1;
  }
}

async function started() {
  goOn = gate();
  ended = gate();
  const server = await serve(Resumed, { logger: new LineLogger(), banner: false, accessLog: false, handleSignals: false, port: 0 });
  const proxy = await startCuttingProxy(server.url);
  return {
    proxy,
    client: createClient<Resumed>(proxy.url),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

test("the client resumes a stream whose connection is cut again and again: nothing is lost, nothing comes twice", async () => {
  await using resumed = await started();
  const got: number[] = [];
  for await (const { n, text } of resumed.client.counted({ to: 30_000 })) {
    if (text !== `${n} – größer als 127`) throw new Error(text);
    got.push(n);
    if (n % 5000 === 17) resumed.proxy.cut(n % 10_000 === 17 ? "reset" : "close");
  }
  expect(got).toEqual(Array.from({ length: 30_000 }, (_, n) => n));
  // Each of six cuts, and the first connection; how much was on its way at the last ones is the network's matter.
  expect(resumed.proxy.made).toBeGreaterThan(3);
});

test("it tries for a while when nothing answers", async () => {
  await using resumed = await started();
  const got: number[] = [];
  for await (const { n } of resumed.client.counted({ to: 20_000 })) {
    got.push(n);
    if (n !== 3) continue;
    resumed.proxy.refuse(true);
    resumed.proxy.cut();
    setTimeout(() => resumed.proxy.refuse(false), 250);
  }
  expect(got).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
});

test("it gives up in the end, with what broke the stream", { timeout: 20_000 }, async () => {
  await using resumed = await started();
  const items = resumed.client.endless()[Symbol.asyncIterator]();
  await items.next();
  resumed.proxy.refuse(true);
  resumed.proxy.cut();
  await expect(items.next()).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
});

test("what is not kept any more is an error, not a gap", async () => {
  await using resumed = await started();
  const items = resumed.client.forgetful()[Symbol.asyncIterator]();
  expect(await items.next()).toMatchObject({ value: 0 });
  goOn.open();
  expect(await items.next()).toMatchObject({ value: 1 });
  // Much more is on its way than the two items that are kept.
  resumed.proxy.cut();
  const rest = async () => {
    for (let next = await items.next(); !next.done; next = await items.next());
  };
  await expect(rest()).rejects.toMatchObject({ code: "BENTO_STREAM_GONE", status: 410 });
});

test("a failure of the method comes after the cut, as itself", async () => {
  await using resumed = await started();
  const items = resumed.client.failing()[Symbol.asyncIterator]();
  await items.next();
  resumed.proxy.cut();
  goOn.open();
  await expect(items.next()).rejects.toMatchObject({ code: "BENTO_INTERNAL" });
});

test("a stream without replay breaks off as ever", async () => {
  await using resumed = await started();
  const items = resumed.client.fleeting()[Symbol.asyncIterator]();
  await items.next();
  resumed.proxy.cut();
  await expect(items.next()).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
  goOn.open();
});

test("leaving the loop ends the method at once, though its streams are kept", async () => {
  await using resumed = await started();
  for await (const item of resumed.client.endless()) {
    expect(item).toBe(0);
    break;
  }
  expect(await ended.promise).toBe("ended, aborted: true");
});

test("aborting the call ends the method at once as well, also while the client tries to resume", async () => {
  await using resumed = await started();
  const leaving = new AbortController();
  const items = resumed.client.endless(undefined, { signal: leaving.signal })[Symbol.asyncIterator]();
  await items.next();
  resumed.proxy.cut();
  const next = items.next();
  leaving.abort();
  await expect(next).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  expect(await ended.promise).toBe("ended, aborted: true");
});
