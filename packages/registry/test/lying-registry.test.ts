// A registry that answers what it may not: refused, named, and never given the token of another.
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { Registry } from "@bento/registry";
import { MemoryModelStore } from "@bento/store";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { RegistryHttp } from "../src/api/http.js";

const token = "token-of-ann";
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "bento-lying-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
});

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

function client(endpoint: string): Registry {
  return new Registry({ endpoint, token, home, env: {}, retry: { retries: 1, minMs: 1, maxMs: 1 } });
}

async function failure(work: PromiseLike<unknown>): Promise<BentoError> {
  const error = await Promise.resolve(work).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!BentoError.is(error)) throw new Error(`no BentoError: ${String(error)}`);
  expect(`${error.message} ${error.hint ?? ""}`).not.toContain(token);
  return error;
}

const json = (response: ServerResponse, value: unknown, status = 200): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
const user = { name: "ann", email: "ann@example.com", first_name: "Ann", last_name: "Lee" };

describe("answers", () => {
  test("10 GB of JSON, and a body without an end, are left after so many bytes", async () => {
    let written = 0;
    const endpoint = await serving((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024, "[");
      response.writeHead(200, { "content-type": "application/json" });
      const more = (): void => {
        while (!response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
      };
      more();
    });
    const error = await failure(client(endpoint).user());
    expect(error).toMatchObject({ code: "BENTO_REGISTRY_FAILED", message: expect.stringContaining("longer than") });
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  test("an error whose body has no end is told all the same", async () => {
    const endpoint = await serving((_, response) => {
      response.writeHead(400, { "content-type": "text/plain" });
      const more = (): void => {
        while (!response.destroyed) if (!response.write("x".repeat(65_536))) return void response.once("drain", more);
      };
      more();
    });
    expect(await failure(client(endpoint).user())).toMatchObject({
      code: "BENTO_REGISTRY_FAILED",
      message: expect.stringContaining("HTTP 400"),
    });
  });

  test.each([
    ["HTML", "text/html", "<html>sign in</html>", "not with JSON"],
    ["something else in JSON", "application/json", '{"name": 7}', '"name"'],
    ["nothing", "application/json", "", "not with JSON"],
    ["a list", "application/json", "[]", "the answer"],
  ])("%s is not taken for what was asked", async (_, type, body, words) => {
    const endpoint = await serving((_request, response) => void response.writeHead(200, { "content-type": type }).end(body));
    expect(await failure(client(endpoint).user())).toMatchObject({
      code: "BENTO_REGISTRY_FAILED",
      message: expect.stringContaining(words),
    });
  });

  test("the server's own words are told, with its trace, but never a token", async () => {
    const endpoint = await serving((request, response) => {
      response.setHeader("x-trace-id", "abc-1");
      json(response, { error: `no luck with ${String(request.headers["x-yatai-api-token"])}` }, 400);
    });
    const error = await failure(client(endpoint).user());
    expect(error.message).toContain("no luck with ***");
    expect(error.message).toContain("HTTP 400, trace abc-1");
  });

  test("what is not there is not there, whatever code a registry has for it", async () => {
    const bodies = [{ code: "BENTO_MODEL_NOT_FOUND", error: "no" }, { code: "BENTO_NOT_FOUND", error: "no" }, { error: "no" }];
    for (const body of bodies) {
      const endpoint = await serving((_, response) => json(response, body, 404));
      const error = await failure(client(endpoint).get("clf:v1"));
      expect(error).toMatchObject({ code: "BENTO_MODEL_NOT_FOUND", message: expect.stringContaining('has no model "clf:v1"') });
    }
  });

  test("a code is believed where the status says the same", async () => {
    const quota = await serving((_, response) => json(response, { code: "BENTO_QUOTA_EXCEEDED", error: "full" }, 507));
    expect(await failure(client(quota).user())).toMatchObject({ code: "BENTO_QUOTA_EXCEEDED" });
    const odd = await serving((_, response) => json(response, { code: "BENTO_CANCELLED", error: "no" }, 400));
    expect(await failure(client(odd).user())).toMatchObject({ code: "BENTO_REGISTRY_FAILED" });
  });

  test("a name or version with a path in it is refused", async () => {
    for (const version of ["../../evil", "v1/../../x", "a%2fb", "", "UPPER", "v\u0000"]) {
      const item = { version, labels: [], upload_status: "success", manifest: {} };
      const endpoint = await serving((_, response) => json(response, { start: 0, count: 1, total: 1, items: [item] }));
      const error = await failure(client(endpoint).pull("clf", { store: new MemoryModelStore() }));
      expect(error).toMatchObject({ code: "BENTO_REGISTRY_FAILED", message: expect.stringContaining("items.0.version") });
    }
    expect(readdirSync(home)).toEqual([]);
  });

  test("silence ends after the time that is given", async () => {
    const endpoint = await serving(() => {});
    const http = new RegistryHttp({ endpoint, token });
    const call = { method: "GET", path: "/", what: "answer", idleMs: 50, signal: new AbortController().signal } as const;
    expect(await failure(http.send(call))).toMatchObject({
      code: "BENTO_REGISTRY_FAILED",
      message: expect.stringContaining("nothing came"),
    });
  });

  test("a call is stopped while it waits", async () => {
    const stop = new AbortController();
    const endpoint = await serving(() => stop.abort());
    expect(await failure(client(endpoint).user({ signal: stop.signal }))).toMatchObject({ code: "BENTO_CANCELLED" });
  });

  test("a call that was stopped before it began asks nothing", async () => {
    let asked = 0;
    const endpoint = await serving((_, response) => {
      asked += 1;
      json(response, user);
    });
    const signal = AbortSignal.abort();
    const store = new MemoryModelStore();
    await store.create("clf:v1", () => {});
    const registry = client(endpoint);
    for (const call of [
      () => registry.user({ signal }),
      () => registry.list({ signal }),
      () => registry.push("clf:v1", { store, signal }),
      () => registry.pull("x", { store, signal }),
    ]) {
      expect(await failure(call())).toMatchObject({ code: "BENTO_CANCELLED" });
    }
    expect(asked).toBe(0);
  });

  test("what fails for a moment is tried again, as soon as the server wants it", async () => {
    let asked = 0;
    const endpoint = await serving((_, response) => {
      asked += 1;
      if (asked === 1) return void response.writeHead(429, { "retry-after": "0" }).end();
      json(response, user);
    });
    expect(await client(endpoint).user()).toMatchObject({ email: user.email });
    expect(asked).toBe(2);
  });

  test.each([400, 401, 403, 404, 409, 501, 507])("%d is not tried again", async (status) => {
    let asked = 0;
    const endpoint = await serving((_, response) => {
      asked += 1;
      json(response, { error: "no" }, status);
    });
    await failure(client(endpoint).user());
    expect(asked).toBe(1);
  });
});

describe("elsewhere", () => {
  test.each([301, 302, 303, 307, 308])("a redirect (%d) takes the token nowhere", async (status) => {
    const seen: IncomingMessage[] = [];
    const other = await serving((request, response) => {
      seen.push(request);
      json(response, user);
    });
    const endpoint = await serving((_, response) => void response.writeHead(status, { location: `${other}/x?token=secret` }).end());
    const error = await failure(client(endpoint).user());
    expect(error).toMatchObject({ code: "BENTO_REGISTRY_FAILED", message: expect.stringContaining(`redirect to "${other}/x"`) });
    expect(seen).toEqual([]);
  });

  test("a URL that the registry gives gets no token, and must be one", async () => {
    const seen: IncomingMessage[] = [];
    const other = await serving((request, response) => {
      seen.push(request);
      response.end("x");
    });
    const http = new RegistryHttp({ endpoint: "https://registry.example.com", token });
    const plain = new RegistryHttp({ endpoint: "http://127.0.0.1:1", token });
    const call = { method: "GET", what: "give it", signal: new AbortController().signal } as const;
    for (const url of ["file:///etc/passwd", "None", "", "ftp://x/y", "http://user:pw@x/", `${other}/clear`]) {
      expect(await failure(http.elsewhere(url, call))).toMatchObject({ code: "BENTO_REGISTRY_FAILED" });
    }
    expect(seen).toEqual([]);
    (await plain.elsewhere(`${other}/object?signature=1`, call)).discard();
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen[0]?.headers)).not.toContain(token);
  });

  test.each(["", "ftp://x", "registry.example.com", "http://user:secret@x", "http://x?y=1"])("%j is no endpoint", (endpoint) => {
    const message = expect.not.stringContaining("secret");
    expect(() => new RegistryHttp({ endpoint, token })).toThrow(expect.objectContaining({ code: "BENTO_CONFIG_INVALID", message }));
  });

  test.each(["two words", "line\nend", "é", "\u0000"])("%j is no token", (odd) => {
    expect(() => new RegistryHttp({ endpoint: "http://x", token: odd })).toThrow(expect.objectContaining({ code: "BENTO_CONFIG_INVALID" }));
  });
});

test("an answer that comes before a body was taken is heard, and the rest is not sent", async () => {
  const endpoint = await serving((_, response) => json(response, { error: "too large" }, 413));
  const http = new RegistryHttp({ endpoint, token });
  const chunk = new Uint8Array(1024 * 1024);
  let sent = 0;
  const body = {
    size: 2 ** 34,
    async *stream() {
      for (;;) {
        sent += chunk.length;
        yield await Promise.resolve(chunk);
      }
    },
  };
  const call = { method: "PUT", path: "/", what: "take it", body, signal: new AbortController().signal } as const;
  expect(await failure(http.send(call))).toMatchObject({ code: "BENTO_PAYLOAD_TOO_LARGE", message: expect.stringContaining("too large") });
  expect(sent).toBeLessThan(2 ** 30);
});
