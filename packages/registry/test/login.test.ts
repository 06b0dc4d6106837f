import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browserToken, ContextsFile, logIn } from "@bento/registry/login";
import { expect, onTestFinished, test } from "vitest";

const signal = new AbortController().signal;

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A registry in whose browser somebody confirms after so many looks; what it answers before is `waiting`. */
function confirmedAfter(looks: number, waiting: { readonly status: number; readonly drop?: true } = { status: 404 }) {
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("content-type", "application/json");
    if (request.url === "/api/v1/auth/code") return void response.end('{"code":"a b/c"}');
    if (asked.length <= looks + 1 && waiting.drop) return void response.destroy();
    if (asked.length <= looks + 1) return void response.writeHead(waiting.status).end('{"error":"not confirmed yet"}');
    response.end('{"token":"tok"}');
  };
  return { asked, listener };
}

test("the token of a login that somebody confirms in the browser is taken", async () => {
  const { asked, listener } = confirmedAfter(2);
  const endpoint = await serving(listener);
  const pages: string[] = [];
  const token = await browserToken({ endpoint: `${endpoint}//`, everyMs: 1, signal, onPage: (url) => void pages.push(url) });
  expect(token).toBe("tok");
  expect(pages).toEqual([`${endpoint}/api_tokens?code=a%20b%2Fc`]);
  expect(asked).toEqual(["/api/v1/auth/code", ...Array.from({ length: 3 }, () => "/api/v1/auth/token?code=a+b%2Fc")]);
});

test.each([{ status: 401 }, { status: 400 }, { status: 404, drop: true } as const])("it waits over %j", async (waiting) => {
  const endpoint = await serving(confirmedAfter(2, waiting).listener);
  expect(await browserToken({ endpoint, everyMs: 1, signal, onPage: () => {} })).toBe("tok");
});

test("nobody waits for ever", async () => {
  const endpoint = await serving(confirmedAfter(Number.POSITIVE_INFINITY, { status: 400 }).listener);
  const waiting = browserToken({ endpoint, everyMs: 1, waitMs: 20, signal, onPage: () => {} });
  await expect(waiting).rejects.toMatchObject({ code: "BENTO_TIMEOUT", message: expect.stringContaining("not confirmed yet") });
});

test("it ends when it is told to, while it waits", async () => {
  const stop = new AbortController();
  const endpoint = await serving((request, response) => {
    if (request.url?.includes("token")) stop.abort();
    confirmedAfter(Number.POSITIVE_INFINITY).listener(request, response);
  });
  const waiting = browserToken({ endpoint, everyMs: 60_000, signal: stop.signal, onPage: () => {} });
  await expect(waiting).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
});

test("a registry without such a login says so at once", async () => {
  const endpoint = await serving((_, response) => void response.writeHead(404).end());
  await expect(browserToken({ endpoint, signal, onPage: () => {} })).rejects.toMatchObject({ code: "BENTO_NOT_FOUND" });
});

test.each([404, 401, 403, 500])("a token that is answered with %d is not kept", async (status) => {
  const home = mkdtempSync(join(tmpdir(), "bento-login-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const endpoint = await serving((_, response) => void response.writeHead(status).end("no"));
  const retry = { retries: 0 };
  await expect(logIn({ endpoint, token: "tok", home, signal, retry })).rejects.toMatchObject({ code: expect.stringMatching(/^BENTO_/) });
  expect(existsSync(new ContextsFile(home).path)).toBe(false);
});
