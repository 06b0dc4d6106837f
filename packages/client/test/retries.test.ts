import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { BentoError } from "@bento/core";
import { expect, test } from "vitest";
import { type CallOptions, type ClientOptions, createClient } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { type Answer, json, listen } from "./listen.js";

function client(url: string, options: ClientOptions = {}) {
  return createClient<Digits>(url, { schema: digitsSchema, ...options });
}

async function outcomeOf(call: PromiseLike<unknown>): Promise<unknown> {
  return call.then(
    (value) => value,
    (error: unknown) => (BentoError.is(error) ? error.code : error),
  );
}

/** Fails some requests before it answers. */
function failing(times: number, fail: Answer): Answer {
  let left = times;
  return (seen, response) => (left-- > 0 ? fail(seen, response) : response.end("done"));
}

function refuse(code: string, status: number, retryAfter?: string): Answer {
  return (_seen, response) => {
    if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
    json(response, { error: "no", code }, status);
  };
}

const breakOff: Answer = (_seen, response) => response.destroy();

test.each<[string, Answer, CallOptions, string, number]>([
  ["refused and told when to come again", refuse("BENTO_OVERLOADED", 503, "0"), {}, "done", 2],
  ["too many, told when", refuse("BENTO_TOO_MANY_REQUESTS", 429, "0"), {}, "done", 2],
  ["refused without a word", refuse("BENTO_OVERLOADED", 503), {}, "BENTO_OVERLOADED", 1],
  ["told to come again much later", refuse("BENTO_CRASH_LOOP", 503, "30"), {}, "BENTO_CRASH_LOOP", 1],
  ["told to come again after the call's time", refuse("BENTO_OVERLOADED", 503, "5"), { timeoutMs: 1000 }, "BENTO_OVERLOADED", 1],
  ["a worker that died", refuse("BENTO_WORKER_DIED", 503, "0"), {}, "BENTO_WORKER_DIED", 1],
  ["a worker that died, idempotent", refuse("BENTO_WORKER_DIED", 503, "0"), { idempotent: true }, "done", 2],
  ["a connection that broke", breakOff, {}, "BENTO_REMOTE_FAILED", 1],
  ["a connection that broke, idempotent", breakOff, { idempotent: true }, "done", 2],
  ["a connection that broke, with a key", breakOff, { headers: { "idempotency-key": "a" } }, "done", 2],
  ["no retries wanted", refuse("BENTO_OVERLOADED", 503, "0"), { retries: 0 }, "BENTO_OVERLOADED", 1],
  ["a bad gateway, idempotent", refuse("BENTO_REMOTE_FAILED", 502), { idempotent: true }, "done", 2],
  ["a failure of the service, idempotent", refuse("BENTO_INTERNAL", 500, "0"), { idempotent: true }, "BENTO_INTERNAL", 1],
])("%s", async (_name, fail, options, outcome, requests) => {
  await using server = await listen(failing(1, fail));
  expect(await outcomeOf(client(server.url).echo("a", options))).toBe(outcome);
  expect(server.seen).toHaveLength(requests);
});

test("an answer that breaks off in the middle is asked for again where that does no harm", async () => {
  const half: Answer = (_seen, response) => {
    response.writeHead(200, { "content-length": "100" }).write("half");
    response.destroy();
  };
  await using server = await listen(failing(1, half));
  expect(await client(server.url, { idempotent: true }).echo("a")).toBe("done");
  expect(await client(server.url).echo("a")).toBe("done");
  await using other = await listen(failing(1, half));
  expect(await outcomeOf(client(other.url).echo("a"))).toBe("BENTO_REMOTE_FAILED");
});

test("a call is tried four times, or as often as it says", async () => {
  await using server = await listen(refuse("BENTO_OVERLOADED", 503, "0"));
  const tried = client(server.url);
  expect(await outcomeOf(tried.echo("a"))).toBe("BENTO_OVERLOADED");
  expect(server.seen).toHaveLength(4);
  expect(await outcomeOf(tried.echo("a", { retries: 1 }))).toBe("BENTO_OVERLOADED");
  expect(server.seen).toHaveLength(6);
  expect(await outcomeOf(client(server.url, { retries: 2 }).echo("a"))).toBe("BENTO_OVERLOADED");
  expect(server.seen).toHaveLength(9);
});

test("all calls of a client together try little more often than they are", async () => {
  await using server = await listen(refuse("BENTO_OVERLOADED", 503, "0"));
  const tried = client(server.url);
  const calls = 40;
  await Promise.all(Array.from({ length: calls }, () => outcomeOf(tried.echo("a"))));
  // Ten from the start, never more than ten saved up, and what a few seconds bring back.
  expect(server.seen.length).toBeGreaterThan(calls);
  expect(server.seen.length).toBeLessThanOrEqual(calls + 14);
});

test("what is left of the time is told with each try", async () => {
  await using server = await listen(failing(1, refuse("BENTO_OVERLOADED", 503, "1")));
  await client(server.url).echo("a", { timeoutMs: 9000 });
  const [first, second] = server.seen.map(({ headers }) => Number(headers["x-request-timeout"]));
  expect(first).toBe(9);
  expect(second).toBeLessThanOrEqual(8);
});

test("a pause ends when its caller goes away", async () => {
  const controller = new AbortController();
  await using server = await listen((seen, response) => {
    refuse("BENTO_OVERLOADED", 503, "9")(seen, response);
    response.on("finish", () => setImmediate(() => controller.abort()));
  });
  expect(await outcomeOf(client(server.url).echo("a", { signal: controller.signal }))).toBe("BENTO_CANCELLED");
  expect(server.seen).toHaveLength(1);
});

test("a server that is not there yet is waited for", async () => {
  const first = createServer();
  await new Promise<void>((resolve) => first.listen(0, "127.0.0.1", resolve));
  const { port } = first.address() as AddressInfo;
  await new Promise((resolve) => first.close(resolve));
  const call = outcomeOf(createClient<Digits>(`http://127.0.0.1:${port}`).echo("a"));
  const server = await openLater(port);
  expect(await call).toBe("done");
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The first try is refused at once, the second comes at least 150 ms later. */
async function openLater(port: number): Promise<Server> {
  await sleep(50);
  const server = createServer((request, response) => response.end(request.url === "/schema.json" ? JSON.stringify(digitsSchema) : "done"));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

test("the schema is asked for again, and so is one that has become wrong", async () => {
  let route = "/echo";
  const fail = failing(1, breakOff);
  await using server = await listen((seen, response) => {
    if (seen.path === "/schema.json") {
      if (server.seen.length === 1) return fail(seen, response);
      return json(response, {
        name: "d",
        routes: [{ name: "echo", route, input: { type: "string", root_input: true }, output: { type: "string" } }],
      });
    }
    return seen.path === route ? response.end("there") : json(response, { error: "no", code: "BENTO_ROUTE_NOT_FOUND" }, 404);
  });
  const asking = createClient<Digits>(server.url);
  expect(await asking.echo("a")).toBe("there");
  route = "/v2/echo";
  expect(await outcomeOf(asking.echo("a"))).toBe("BENTO_ROUTE_NOT_FOUND");
  expect(await asking.echo("a")).toBe("there");
});
