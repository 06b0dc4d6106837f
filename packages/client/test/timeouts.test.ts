import { BentoError } from "@bento/core";
import { expect, onTestFinished, test } from "vitest";
import { createClient, type ServiceDocument } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { json, listen } from "./listen.js";

async function failure(call: PromiseLike<unknown>): Promise<BentoError> {
  const outcome: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (BentoError.is(outcome)) return outcome;
  throw new Error("expected a BentoError", { cause: outcome });
}

test("a call may take as long as the service says, and one percent more", async () => {
  await using server = await listen(({ path }, response) => path === "/schema.json" && json(response, { ...digitsSchema, timeout: 0.2 }));
  const began = performance.now();
  const error = await failure(createClient<Digits>(server.url).echo("a"));
  expect(error).toMatchObject({ code: "BENTO_TIMEOUT", message: expect.stringContaining("had no answer within 202 ms") as string });
  expect(performance.now() - began).toBeGreaterThan(200);
  // The service's own limit is no word of the caller's.
  expect(server.seen.at(-1)?.headers).not.toHaveProperty("x-request-timeout");
});

test("the client's and the call's own come first", async () => {
  await using server = await listen(() => undefined);
  const schema: ServiceDocument = { ...digitsSchema, timeout: 3600 };
  expect((await failure(createClient<Digits>(server.url, { schema, timeoutMs: 30 }).echo("a"))).message).toContain("30 ms");
  expect((await failure(createClient<Digits>(server.url, { schema }).echo("a", { timeoutMs: 20 }))).message).toContain("20 ms");
});

test.each([0, -1, "5", null, Number.NaN])("a schema whose timeout is %s says nothing of it", async (timeout) => {
  const schema = { ...digitsSchema, timeout } as unknown as ServiceDocument;
  await using server = await listen((_seen, response) => response.end("done"));
  expect(await createClient<Digits>(server.url, { schema }).echo("a")).toBe("done");
});

test("a call may take longer than the five minutes after which Node's own fetch gives up", async () => {
  // The same, in a second.
  const key = Symbol.for("undici.globalDispatcher.1");
  const platform = globalThis as unknown as Record<symbol, { readonly constructor: new (options: object) => never }>;
  await using server = await listen(({ body }, response) => {
    if (body === "patient") response.writeHead(200, { "content-length": 4 }).write("do");
    waiting.push(() => response.end("ne"));
  });
  const waiting: (() => void)[] = [];
  const calling = createClient<Digits>(server.url, { schema: digitsSchema, retries: 0 });
  const before = platform[key];
  if (before === undefined) throw new Error("there is none");
  onTestFinished(() => void (platform[key] = before));
  platform[key] = new before.constructor({ headersTimeout: 100, bodyTimeout: 100 });
  const outcomes = [calling.echo("patient", { timeoutMs: 400_000 }), calling.echo("headless", { timeoutMs: Infinity })].map((call) =>
    call.then((value) => value),
  );
  const error = await failure(calling.echo("hasty"));
  expect(error).toMatchObject({ code: "BENTO_REMOTE_FAILED", message: expect.stringContaining("Timeout") as string });
  for (const answer of waiting) answer();
  expect(await Promise.all(outcomes)).toEqual(["done", "ne"]);
});
