import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { eventStreamType, itemEvent } from "@bento/core";
import { expect, test } from "vitest";
import { createClient, discover } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { listen } from "./listen.js";

const cancelled = { code: "BENTO_CANCELLED" };

test("a client that is closed ends its calls, its streams and its waiting, and makes no more", async () => {
  let arrived = (_response: ServerResponse): void => undefined;
  const hanging = new Promise<ServerResponse>((resolve) => (arrived = resolve));
  await using server = await listen(({ path }, response) => {
    if (path === "/echo") return arrived(response);
    if (path === "/readyz") return response.writeHead(503).end();
    return response.writeHead(200, { "content-type": eventStreamType }).write(itemEvent(1));
  });
  const outcomes: Promise<unknown>[] = [];
  {
    const client = createClient<Digits>(server.url, { schema: digitsSchema });
    await using _closed = client as AsyncDisposable;
    const items = client.count({ n: 2 })[Symbol.asyncIterator]();
    expect(await items.next()).toMatchObject({ value: 1 });
    outcomes.push(
      client.echo("a").then((value) => value),
      client.waitUntilReady(),
      items.next(),
    );
    for (const outcome of outcomes) outcome.catch(() => undefined);
    const response = await hanging;
    outcomes.push(once(response, "close").then(() => Promise.reject(new Error("gone"))));
    void client[Symbol.asyncDispose]();
    outcomes.push(client.echo("b").then((value) => value));
    for (const outcome of outcomes) outcome.catch(() => undefined);
  }
  const [call, waiting, item, closed, later] = await Promise.allSettled(outcomes);
  for (const one of [call, waiting, item, later]) expect(one).toMatchObject({ reason: cancelled });
  expect(closed).toMatchObject({ reason: new Error("gone") });
  expect(server.seen.filter(({ body }) => body === "b")).toEqual([]);
});

test("so does one that was discovered", async () => {
  await using server = await listen((_seen, response) => response.end(JSON.stringify(digitsSchema)));
  const found = await discover(server.url);
  await found[Symbol.asyncDispose]();
  await expect(found.call("echo", "a")).rejects.toMatchObject({
    ...cancelled,
    cause: { message: `The client of ${server.url} was closed.` },
  });
});
