import { createClient, discover } from "@bento/client";
import { BentoError } from "@bento/core";
import { api, defineService } from "@bento/sdk";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";

import { createApp, serve } from "../src/index.js";
import { LineLogger } from "./doors.js";
import { Failing, Prefixed, Typed } from "./zoo.js";

test("app.client() calls in process, typed by the class", async () => {
  await using app = await createApp(Typed);
  const client = app.client();
  const greeting = await client.greet({ who: "Bo" });
  expectTypeOf(greeting).toEqualTypeOf<string>();
  expect(greeting).toBe("Hi Bo");
  expect(await client.add({ a: 1 })).toBe(3);
  expect(await client.next(4)).toBe(5);
  expect(await client.shout("é")).toBe("É");
  expect(await client.maybe({ text: null })).toBeNull();
  const at = new Date("2026-01-02T03:04:05Z");
  expect(await client.times({ at, big: 2n ** 60n })).toEqual({ at: new Date(at.getTime() + 1000), big: 2n ** 60n + 1n });
  expect((await client.endpoints).map(({ name }) => name)).toContain("following");
});

test("its errors are the service's", async () => {
  await using app = await createApp(Failing);
  const client = app.client();
  const error = await client.known({ code: "missing" }).catch((thrown: unknown) => thrown);
  expect(BentoError.is(error, "BENTO_NOT_FOUND")).toBe(true);
  await expect(client.wrong()).rejects.toMatchObject({ code: "BENTO_OUTPUT_INVALID" });
});

test("they say when to try again: as the service does, else as the server", async () => {
  const Busy = defineService({
    name: "Busy",
    apis: {
      busy: api({ input: z.object({ ms: z.number().optional() }), output: z.string() }, ({ ms }): string => {
        throw new BentoError("BENTO_OVERLOADED", "not now", { retryAfterMs: ms });
      }),
    },
  });
  await using server = await serve(Busy, { port: 0, logger: new LineLogger(), handleSignals: false });
  const client = createClient<InstanceType<typeof Busy>>(server.url, { retries: 0 });
  await expect(client.busy({ ms: 4500 })).rejects.toMatchObject({ code: "BENTO_OVERLOADED", retryAfterMs: 5000 });
  await expect(client.busy({})).rejects.toMatchObject({ retryAfterMs: 1000 });
});

test("it takes a token and works below a prefix", async () => {
  await using app = await createApp(Prefixed, { auth: { tokens: ["s3cret"] } });
  expect(await app.client({ token: "s3cret" }).echo({ s: "x" })).toBe("x");
  await expect(app.client().echo({ s: "x" })).rejects.toMatchObject({ code: "BENTO_UNAUTHORIZED" });
});

test("a client waits as long as the service does, and a little longer", async () => {
  const Slow = defineService({
    name: "Slow",
    apis: { wait: api({ output: z.string() }, (): Promise<string> => new Promise(() => undefined)) },
  });
  await using server = await serve(Slow, { port: 0, timeout: 0.3, logger: new LineLogger(), handleSignals: false });
  const document = (await (await fetch(`${server.url}/schema.json`)).json()) as { timeout: number };
  expect(document.timeout).toBe(0.3);
  // One percent of so little is nothing, so that either may be first; of the usual minute it is more than half a second.
  await expect(createClient<InstanceType<typeof Slow>>(server.url).wait()).rejects.toMatchObject({ code: "BENTO_TIMEOUT" });
  await expect(server.app.client().wait()).rejects.toMatchObject({ code: "BENTO_TIMEOUT" });
});

test("an untyped client and a typed one know when it is ready", async () => {
  await using server = await serve(Typed, { port: 0, logger: new LineLogger(), handleSignals: false });
  const found = await discover(server.url);
  expect(await found.call("greet", { who: "Bo" })).toBe("Hi Bo");
  await found.waitUntilReady();
  const client = createClient<Typed>(server.url, { retries: 0 });
  expect(await client.isReady()).toBe(true);
  await server.close();
  expect(await client.isReady()).toBe(false);
});

test("a server knows its app", async () => {
  await using server = await serve(Typed, { port: 0, logger: new LineLogger(), handleSignals: false });
  expectTypeOf(await server.app.client().add({ a: 1 })).toEqualTypeOf<number>();
  expect(server.app.spec.name).toBe("typed");
});
