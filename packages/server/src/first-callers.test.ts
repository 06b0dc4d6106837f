import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, test } from "vitest";

import { FirstCallers } from "./first-callers.js";

async function serverOf(handler: RequestListener): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

test("where nobody calls, nobody is waited for", async () => {
  const callers = new FirstCallers(() => undefined);
  const began = performance.now();
  await callers.served();
  expect(performance.now() - began).toBeLessThan(200);
});

test("what comes later waits until the first caller has been answered", async () => {
  const events: string[] = [];
  // Longer than nobody may have come, shorter than anybody is waited for.
  const callers = new FirstCallers((_, response) => void setTimeout(() => response.end("ok"), 60));
  const { url, close } = await serverOf((request, response) => {
    response.once("close", () => events.push("answered"));
    callers.answer(request, response);
    void callers.served().then(() => events.push("served"));
  });
  await (await fetch(url, { headers: { connection: "close" } })).text();
  await expect.poll(() => events).toEqual(["answered", "served"]);
  close();
});

test("a caller who is never answered holds nothing up for ever", async () => {
  const callers = new FirstCallers(() => undefined);
  const { url, close } = await serverOf((request, response) => {
    callers.answer(request, response);
    void callers.served().then(() => response.end("given up"));
  });
  expect(await (await fetch(url, { headers: { connection: "close" } })).text()).toBe("given up");
  close();
});
