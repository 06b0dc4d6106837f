import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

import { expect, test } from "vitest";

import { nodeFetcher } from "./node-fetch.js";

const place = { originalUrl: "/m/x?q", baseUrl: "/m" };
const ask = (handle: (request: IncomingMessage, response: ServerResponse) => unknown, init: RequestInit = {}) =>
  nodeFetcher(handle)(new Request("http://a.example/x?q", init), place);

test("a handler gets a real request, and what it writes comes back", async () => {
  const response = await ask(
    async (request, own) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const { method, url, headers } = request;
      own.writeHead(202, [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ]);
      own.end(JSON.stringify({ method, url, host: headers.host, own: headers["x-own"], length: Buffer.concat(pieces).length, ...place }));
    },
    { method: "PUT", headers: { "x-own": "1", expect: "100-continue" }, body: "x".repeat(300_000) },
  );
  expect([response.status, response.headers.getSetCookie()]).toEqual([202, ["a=1", "b=2"]]);
  expect(await response.json()).toEqual({ method: "PUT", url: "/x?q", host: "a.example", own: "1", length: 300_000, ...place });
});

test.each<[string, (request: IncomingMessage, response: ServerResponse) => unknown]>([
  [
    "throws at once",
    () => {
      throw new Error("out of order");
    },
  ],
  ["fails later", () => Promise.reject(new Error("out of order"))],
])("a handler that %s fails the request, and nothing else", async (_, handle) => {
  await expect(ask(handle)).rejects.toThrow("out of order");
});

test("a handler that hangs up fails the request", async () => {
  await expect(ask((request) => request.socket.destroy())).rejects.toThrow(/hang up/);
});

test("a handler hears of a caller that leaves before the answer, and in its middle", async () => {
  for (const isBegun of [false, true]) {
    const leaving = new AbortController();
    let closed: Promise<unknown> | undefined;
    const answer = ask(
      (_, response) => {
        closed = once(response, "close");
        if (isBegun) response.write("first");
        else leaving.abort();
      },
      { signal: leaving.signal },
    );
    if (isBegun) {
      const reader = (await answer).body?.getReader();
      await reader?.read();
      await reader?.cancel();
    } else await expect(answer).rejects.toThrow(/abort/);
    await closed;
  }
});

test("a large answer is written no faster than it is read", async () => {
  let written = 0;
  const response = await ask(async (_, own) => {
    for (; written < 1000; written += 1) if (!own.write(Buffer.alloc(64 * 1024))) await once(own, "drain");
    own.end();
  });
  const reader = response.body?.getReader();
  let length = (await reader?.read())?.value?.byteLength ?? 0;
  expect(written).toBeLessThan(100);
  for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) length += piece.value.byteLength;
  expect(written).toBe(1000);
  expect(length).toBe(1000 * 64 * 1024);
});
