import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createClient } from "../src/index.js";
import type { Digits } from "./digits.js";
import { listen } from "./listen.js";

async function freeUrl(): Promise<string> {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(taken.address() as AddressInfo).port}`;
  await new Promise((resolve) => taken.close(resolve));
  return url;
}

test.each([
  [200, true],
  [503, false],
  [502, false],
  [429, false],
])("a service that answers %i is ready: %s", async (status, ready) => {
  await using server = await listen((_seen, response) => response.writeHead(status).end("\n"));
  expect(await createClient<Digits>(server.url, { token: "t" }).isReady()).toBe(ready);
  expect(server.seen).toMatchObject([{ method: "GET", path: "/readyz", headers: { authorization: "Bearer t" } }]);
});

test("one that is not there, breaks off or says nothing is not ready", async () => {
  expect(await createClient<Digits>(await freeUrl()).isReady()).toBe(false);
  await using broken = await listen((_seen, response) => response.destroy());
  expect(await createClient<Digits>(broken.url).isReady()).toBe(false);
  await using silent = await listen(() => undefined);
  expect(await createClient<Digits>(silent.url).isReady({ timeoutMs: 20 })).toBe(false);
});

test("what is no service is an error, and so is being aborted", async () => {
  await using server = await listen((_seen, response) => response.writeHead(404).end("Not Found"));
  await expect(createClient<Digits>(server.url).isReady()).rejects.toMatchObject({ status: 404 });
  await expect(createClient<Digits>(server.url).isReady({ signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "BENTO_CANCELLED",
  });
  await expect(createClient<Digits>(server.url).isReady({ timeoutMs: -1 })).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID" });
});

test("of a service with a prefix either path will do", async () => {
  await using server = await listen(({ path }, response) => response.writeHead(path === "/readyz" ? 200 : 404).end("\n"));
  expect(await createClient<Digits>(`${server.url}/v1`).isReady()).toBe(true);
});

test("waiting ends when the service is ready", async () => {
  let looks = 0;
  await using server = await listen((_seen, response) => response.writeHead(++looks < 4 ? 503 : 200).end("\n"));
  await createClient<Digits>(server.url).waitUntilReady({ timeoutMs: 30_000 });
  expect(looks).toBe(4);
});

test("or when its time is over, or it is aborted, or the service will never be", async () => {
  const url = await freeUrl();
  const client = createClient<Digits>(url);
  await expect(client.waitUntilReady({ timeoutMs: 150 })).rejects.toMatchObject({
    code: "BENTO_TIMEOUT",
    message: `Waiting for ${url} to be ready had no answer within 150 ms.`,
  });
  await expect(client.waitUntilReady({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: "BENTO_TIMEOUT" });
  await expect(client.waitUntilReady({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  await using server = await listen((_seen, response) => response.writeHead(401).end("no"));
  await expect(createClient<Digits>(server.url).waitUntilReady()).rejects.toMatchObject({ code: "BENTO_UNAUTHORIZED" });
});
