import type { ServerResponse } from "node:http";
import { BentoError, endEvent, errorEvent, eventStreamType, heartbeatEvent, itemEvent } from "@bento/core";
import { expect, test } from "vitest";
import { createClient } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { listen } from "./listen.js";

/** A server that streams what the test writes into the response, once the request is there. */
async function streaming(contentType = eventStreamType) {
  let arrived: (response: ServerResponse) => void = () => undefined;
  const response = new Promise<ServerResponse>((resolve) => (arrived = resolve));
  const server = await listen((_seen, incoming) => {
    incoming.writeHead(200, { "content-type": contentType }).flushHeaders();
    arrived(incoming);
  });
  return { ...server, response, client: createClient<Digits>(server.url, { schema: digitsSchema }) };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("each item arrives as it is sent", async () => {
  await using server = await streaming();
  const items = server.client.count({ n: 2 })[Symbol.asyncIterator]();
  const first = items.next();
  const response = await server.response;
  response.write(heartbeatEvent + itemEvent(1, 0));
  expect(await first).toEqual({ done: false, value: 1 });
  response.write(itemEvent(2, 1));
  expect(await items.next()).toEqual({ done: false, value: 2 });
  response.end(endEvent);
  expect(await items.next()).toEqual({ done: true, value: undefined });
  expect(server.seen).toHaveLength(1);
  expect(server.seen[0]?.headers.accept).toBe("text/event-stream");
});

test("a stream that is awaited gives all items, and can still be iterated", async () => {
  await using server = await streaming();
  void server.response.then((response) => response.end(itemEvent(1) + itemEvent(2) + endEvent));
  const call = server.client.count({ n: 2 });
  expect(await call).toEqual([1, 2]);
  expect(await collect(call)).toEqual([1, 2]);
  expect(server.seen).toHaveLength(1);
});

test("a stream is read once", async () => {
  await using server = await streaming();
  void server.response.then((response) => response.end(itemEvent(1) + endEvent));
  const call = server.client.count({ n: 1 });
  expect(await collect(call)).toEqual([1]);
  await expect(collect(call)).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
  await expect(call).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
});

test("the error that ended a stream comes after its items", async () => {
  await using server = await streaming();
  const error = new BentoError("BENTO_UNPROCESSABLE", "the third is odd", { hint: "leave it out" });
  void server.response.then((response) => response.end(itemEvent(1) + errorEvent(error)));
  const items = server.client.count({ n: 3 })[Symbol.asyncIterator]();
  expect(await items.next()).toMatchObject({ value: 1 });
  await expect(items.next()).rejects.toMatchObject({
    code: "BENTO_UNPROCESSABLE",
    message: "the third is odd",
    hint: "leave it out",
    status: 422,
  });
});

test("a stream that breaks off is no finished stream", async () => {
  await using server = await streaming();
  void server.response.then((response) => response.end(itemEvent(1)));
  await expect(collect(server.client.count({ n: 3 }))).rejects.toMatchObject({
    code: "BENTO_REMOTE_FAILED",
    message: 'The stream of "count" broke off before its end.',
  });
});

test("a connection that dies is no finished stream", async () => {
  await using server = await streaming();
  const items = server.client.count({ n: 3 })[Symbol.asyncIterator]();
  void server.response.then((response) => response.write(itemEvent(1)));
  await items.next();
  (await server.response).destroy();
  await expect(items.next()).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
});

test("leaving the loop closes the request", async () => {
  await using server = await streaming();
  const closed = server.response.then((response) => {
    response.write(itemEvent(1));
    return new Promise<void>((resolve) => response.on("close", resolve));
  });
  for await (const item of server.client.count({ n: 9 })) {
    expect(item).toBe(1);
    break;
  }
  await closed;
});

test("aborting ends a stream between items, also with a fetch that ignores its signal", async () => {
  const controller = new AbortController();
  const deaf = createClient<Digits>("http://service.invalid", {
    schema: digitsSchema,
    fetch: () =>
      new Response(new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode(itemEvent(1))) }), {
        headers: { "content-type": eventStreamType },
      }),
  });
  const items = deaf.count({ n: 2 }, { signal: controller.signal })[Symbol.asyncIterator]();
  await items.next();
  const next = items.next();
  controller.abort();
  await expect(next).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
});

test("a timeout is about the first byte, not about the whole stream", async () => {
  await using server = await streaming();
  await using silent = await listen(() => undefined);
  const items = server.client.count({ n: 2 }, { timeoutMs: 1000 })[Symbol.asyncIterator]();
  const first = items.next();
  const response = await server.response;
  response.write(itemEvent(1));
  await first;
  // A call that starts later, with the same timeout, and gets no byte: when it has timed out, the stream's time is over too.
  const later = createClient<Digits>(silent.url, { schema: digitsSchema }).count({ n: 2 }, { timeoutMs: 1000 });
  await expect(collect(later)).rejects.toMatchObject({ code: "BENTO_TIMEOUT" });
  response.end(itemEvent(2) + endEvent);
  expect(await items.next()).toMatchObject({ value: 2 });
});

test("without framing, numbers are cut where the network cuts them", async () => {
  await using server = await streaming("text/event-stream; charset=utf-8");
  const items = server.client.count({ n: 3 })[Symbol.asyncIterator]();
  for (const value of [0, 14, 9]) {
    const next = items.next();
    (await server.response).write(String(value));
    expect(await next).toEqual({ done: false, value });
  }
  (await server.response).end();
  expect(await items.next()).toMatchObject({ done: true });
});

test("what answers once cannot be iterated", async () => {
  await using server = await listen((_seen, response) => response.end("hi"));
  const call = createClient<Digits>(server.url, { schema: digitsSchema }).echo("a") as unknown as AsyncIterable<string>;
  await expect(collect(call)).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST", hint: "Await the call." });
});
