import { itemEvent, keptEventStreamType } from "@bento/core";
import { expect, test } from "vitest";
import { createClient } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { listen } from "./listen.js";

test("a stream that breaks off again and again, and brings nothing, is given up", async () => {
  await using server = await listen(({ headers }, response) => {
    const isFirst = headers["last-event-id"] === undefined;
    response.writeHead(200, { "content-type": keptEventStreamType(30) }).write(isFirst ? itemEvent(1, 0) : ":");
    setImmediate(() => response.destroy());
  });
  const call = createClient<Digits>(server.url, { schema: digitsSchema }).count({ n: 1 });
  await expect(call).rejects.toMatchObject({ code: "BENTO_REMOTE_FAILED" });
  expect(server.seen.filter(({ method }) => method === "POST")).toHaveLength(6);
});

test("one that brings something each time goes on for as long as it takes", async () => {
  await using server = await listen(({ headers }, response) => {
    const at = Number(headers["last-event-id"] ?? -1) + 1;
    response.writeHead(200, { "content-type": keptEventStreamType(30) });
    if (at === 30) return response.end("event: end\ndata: null\n\n");
    response.write(itemEvent(at, at));
    return setImmediate(() => response.destroy());
  });
  const call = createClient<Digits>(server.url, { schema: digitsSchema }).count({ n: 1 });
  expect(await call).toEqual(Array.from({ length: 30 }, (_, n) => n));
});
