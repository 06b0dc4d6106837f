import { endEvent, eventStreamType, itemEvent } from "@bento/core";
import { expect, test } from "vitest";
import { type ClientHooks, createClient, type RequestInfo } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { json, listen } from "./listen.js";

/** Writes down what it is told, and carries a trace along as OpenTelemetry does. */
function tracing(): ClientHooks & { readonly told: string[] } {
  const told: string[] = [];
  const numbers = new Map<RequestInfo, number>();
  return {
    told,
    onRequest(request) {
      numbers.set(request, numbers.size + 1);
      request.headers.set("traceparent", `span-${numbers.size}`);
      told.push(`${numbers.size} ${request.service}/${request.endpoint} ${request.method} try ${request.attempt}`);
    },
    onResponse: (request, { status }) => void told.push(`${numbers.get(request)} status ${status}`),
    onEnd: (request, { error, durationMs }) =>
      void told.push(`${numbers.get(request)} ${error?.code ?? "ok"} ${durationMs >= 0 ? "timed" : "not timed"}`),
  };
}

test("each try is a request with a beginning and an end, and carries its trace", async () => {
  let failures = 1;
  await using server = await listen((_seen, response) => {
    if (failures-- <= 0) return response.end("done");
    response.setHeader("retry-after", "0");
    return json(response, { error: "busy", code: "BENTO_OVERLOADED" }, 503);
  });
  const hooks = tracing();
  await createClient<Digits>(server.url, { schema: digitsSchema, hooks, token: "s3cret" }).echo("a", { headers: { "x-own": "1" } });
  expect(hooks.told).toEqual([
    "1 digits/echo POST try 1",
    "1 status 503",
    "1 BENTO_OVERLOADED timed",
    "2 digits/echo POST try 2",
    "2 status 200",
    "2 ok timed",
  ]);
  expect(server.seen.map(({ headers }) => headers["traceparent"])).toEqual(["span-1", "span-2"]);
});

test("a hook sees where a request goes and what is sent along, but no secrets", async () => {
  await using server = await listen((_seen, response) => response.end("done"));
  const seen: RequestInfo[] = [];
  const hooks: ClientHooks = { onRequest: (request) => void seen.push(request) };
  await createClient<Digits>(server.url, { schema: digitsSchema, hooks, token: "s3cret" }).echo("a", { headers: { "x-own": "1" } });
  expect(seen).toMatchObject([{ url: `${server.url}/echo`, attempt: 1 }]);
  expect([...(seen[0]?.headers ?? [])]).toEqual([["x-own", "1"]]);
});

test("a stream ends with its last item, or when it is left", async () => {
  await using server = await listen((_seen, response) => {
    response.writeHead(200, { "content-type": eventStreamType }).end(itemEvent(1) + itemEvent(2) + endEvent);
  });
  const hooks = tracing();
  const client = createClient<Digits>(server.url, { schema: digitsSchema, hooks });
  const items = client.count({ n: 2 })[Symbol.asyncIterator]();
  await items.next();
  expect(hooks.told).toEqual(["1 digits/count POST try 1", "1 status 200"]);
  for (let next = await items.next(); !next.done;) next = await items.next();
  expect(hooks.told.slice(2)).toEqual(["1 ok timed"]);
  for await (const _item of client.count({ n: 2 })) break;
  expect(hooks.told.slice(3)).toEqual(["2 digits/count POST try 1", "2 status 200", "2 ok timed"]);
});

test("what a hook throws changes nothing", async () => {
  await using server = await listen((_seen, response) => response.end("done"));
  const fail = (): never => {
    throw new Error("broken tracer");
  };
  const hooks: ClientHooks = { onRequest: fail, onResponse: fail, onEnd: fail };
  expect(await createClient<Digits>(server.url, { schema: digitsSchema, hooks }).echo("a")).toBe("done");
});
