import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formKeyOf, loggedIn, submit } from "./support/page-login.js";
import { startRegistry, type StartedRegistry } from "./support/started-registry.js";

let registry: StartedRegistry;
let port: number;
beforeAll(async () => {
  registry = await startRegistry();
  port = registry.server.port;
});
afterAll(() => registry[Symbol.asyncDispose]());

/** Sends a path as it is written here: `fetch` would tidy it up. */
async function raw(method: string, path: string, { body = "", headers = {} }: { body?: string; headers?: Record<string, string> } = {}) {
  const sent = request({ host: "127.0.0.1", port, method, path, headers: { "x-yatai-api-token": registry.tokens.admin, ...headers } });
  const response = new Promise<{ status: number; body: string }>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (answer) => {
      text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, body: said }), reject);
    });
  });
  sent.end(body);
  return response;
}

/** Everything that is there. */
async function everything(): Promise<unknown> {
  const headers = { "x-yatai-api-token": registry.tokens.read };
  const of = async (path: string) => (await fetch(`${registry.url}/api/v1/${path}`, { headers })).json();
  return [await of("model_repositories"), await of("bento_repositories")];
}

describe("names that would lead elsewhere, or look like another", () => {
  const names = [
    "..",
    "%2e%2e",
    "..%2f..%2fetc",
    "a%2fb",
    "a%5cb",
    "%00",
    "a%00b",
    "A",
    "tiny%20",
    "-a",
    "a.",
    "%C3%A9",
    "tin%C4%B1",
    "%EF%BD%94iny",
    "t%D1%96ny",
    "%252e%252e",
    "a%0d%0ab",
    "a".repeat(64),
    "__proto__",
    "%ff",
  ];

  test.each(names)("%s is no name of a repository or version", async (name) => {
    const before = await everything();
    for (const [method, path] of [
      ["GET", `/api/v1/model_repositories/${name}`],
      ["POST", `/api/v1/model_repositories/${name}/models`],
      ["PUT", `/api/v1/model_repositories/tiny/models/${name}/upload`],
      ["PATCH", `/api/v1/model_repositories/${name}/models/v1/start_upload`],
      ["DELETE", `/api/v1/bento_repositories/${name}`],
      ["GET", `/api/v1/bento_repositories/tiny/bentos/${name}/download`],
      ["GET", `/api/v1/content/${name}`],
    ] as const) {
      const { status, body } = await raw(method, path, { body: method === "GET" ? "" : '{"version":"v1"}' });
      expect([400, 404], `${method} ${path} ${body}`).toContain(status);
    }
    const decoded = name.includes("%ff") ? "\u{fffd}" : decodeURIComponent(name);
    const made = await raw("POST", "/api/v1/model_repositories", { body: JSON.stringify({ name: decoded }) });
    expect(made.status, made.body).toBe(400);
    expect(JSON.parse(made.body)).toMatchObject({ code: "BENTO_TAG_INVALID", error: expect.any(String), hint: expect.any(String) });
    expect(await everything()).toEqual(before);
  });

  test("latest is no version of its own", async () => {
    const made = await raw("POST", "/api/v1/model_repositories/tiny/models", { body: '{"version":"latest"}' });
    expect([made.status, JSON.parse(made.body)]).toMatchObject([400, { code: "BENTO_TAG_INVALID" }]);
    for (const action of ["PATCH", "DELETE"])
      expect((await raw(action, "/api/v1/model_repositories/tiny/models/latest", { body: "{}" })).status).toBe(400);
  });
});

describe("bodies that cannot be what they should", () => {
  const make = (body: string) => raw("POST", "/api/v1/model_repositories/tiny/models", { body });

  test.each([
    ["no JSON", "{", "BENTO_BAD_REQUEST"],
    ["nothing", "", "BENTO_BAD_REQUEST"],
    ["a list", "[]", "BENTO_INPUT_INVALID"],
    ["labels that are null", '{"version":"v1","labels":null}', "BENTO_INPUT_INVALID"],
    ["a label without a value", '{"version":"v1","labels":[{"key":"a"}]}', "BENTO_INPUT_INVALID"],
    ["a label twice", '{"version":"v1","labels":[{"key":"a","value":"1"},{"key":"a","value":"2"}]}', "BENTO_INPUT_INVALID"],
    ["a time that is none", '{"version":"v1","build_at":"yesterday"}', "BENTO_INPUT_INVALID"],
    ["a manifest that is text", '{"version":"v1","manifest":"x"}', "BENTO_INPUT_INVALID"],
    ["what is nested too deep", `{"version":"v1","manifest":{"a":${"[".repeat(100)}${"]".repeat(100)}}}`, "BENTO_BAD_REQUEST"],
    ["a million brackets", "[".repeat(1_000_000), "BENTO_BAD_REQUEST"],
  ])("%s", async (_what, body, code) => {
    const { status, body: said } = await make(body);
    expect([status, JSON.parse(said)]).toMatchObject([400, { code }]);
  });

  test("keys that mean something to JavaScript are data like others", async () => {
    const body = '{"version":"v1","manifest":{"__proto__":{"polluted":true},"constructor":1,"size_bytes":"many","metadata":null}}';
    const { status, body: said } = await raw("POST", "/api/v1/model_repositories/odd/models", { body });
    expect(status).toBe(200);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    // Python's client could read no list that it is in otherwise.
    const { manifest } = JSON.parse(said) as { manifest: Record<string, unknown> };
    expect(manifest).toMatchObject({ size_bytes: 0, module: "", api_version: "v1", bentoml_version: "" });
    expect(manifest).not.toHaveProperty("metadata");
  });

  test("ten gigabytes of JSON are refused after the first few megabytes, whether they say so or not", async () => {
    for (const declared of [10_000_000_000, undefined]) {
      const socket = connect(port, "127.0.0.1");
      const answer: Buffer[] = [];
      socket.on("data", (chunk) => void answer.push(chunk));
      const length = declared === undefined ? "transfer-encoding: chunked" : `content-length: ${declared}`;
      socket.on("error", () => {});
      socket.write(
        `POST /api/v1/model_repositories HTTP/1.1\r\nhost: localhost\r\nx-yatai-api-token: ${registry.tokens.admin}\r\n${length}\r\n\r\n`,
      );
      const piece = Buffer.alloc(1024 * 1024, "[");
      let sent = 0;
      while (answer.length === 0 && !socket.destroyed && sent < 200) {
        if (declared === undefined) socket.write(`${piece.length.toString(16)}\r\n`);
        const isTaken = socket.write(piece);
        if (declared === undefined) socket.write("\r\n");
        sent += 1;
        if (!isTaken) await new Promise((resolve) => socket.once("drain", resolve).once("close", resolve).once("data", resolve));
        else await new Promise(setImmediate);
      }
      socket.end();
      socket.destroySoon();
      expect(sent).toBeLessThan(200);
      expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1\.1 413 /);
    }
    expect((await fetch(`${registry.url}/api/v1/models`, { headers: { "x-yatai-api-token": registry.tokens.read } })).status).toBe(200);
  });

  test("a head that is too large is refused", async () => {
    expect((await raw("GET", "/api/v1/models", { headers: { "x-much": "a".repeat(20_000) } })).status).toBe(431);
  });

  test.each(["start=-1", "count=1e9", "count=99999999999", "start=x", `q=${"a".repeat(2000)}`])(
    "a list by %s is refused",
    async (query) => {
      expect(JSON.parse((await raw("GET", `/api/v1/models?${query}`)).body)).toMatchObject({ code: "BENTO_BAD_REQUEST" });
    },
  );
});

describe("web pages of others", () => {
  test("a name that somebody points at this machine is not answered", async () => {
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "a b"]) {
      expect((await raw("GET", "/login", { headers: { host } })).status, host).toBeGreaterThanOrEqual(400);
    }
    for (const host of ["localhost", `127.0.0.1:${port}`, "[::1]:80", "LOCALHOST:3700"]) {
      expect((await raw("GET", "/login", { headers: { host } })).status, host).toBe(200);
    }
  });

  test("nothing is taken from a page of another origin, whatever it carries", async () => {
    for (const headers of [
      { origin: "http://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { origin: `http://127.0.0.1:${port + 1}` },
    ]) {
      const { status, body } = await raw("POST", "/api/v1/model_repositories", { headers, body: '{"name":"taken"}' });
      expect([status, JSON.parse(body)], JSON.stringify(headers)).toMatchObject([403, { code: "BENTO_FORBIDDEN" }]);
    }
    expect((await raw("GET", "/api/v1/model_repositories/taken")).status).toBe(404);
  });

  test("a form counts only with the key of its session", async () => {
    const ends = { url: registry.url, token: registry.tokens.admin };
    const [cookie, others] = [await loggedIn(ends), await loggedIn(ends)];
    const { code } = (await (await fetch(`${registry.url}/api/v1/auth/code`)).json()) as { code: string };
    const page = async (of: string) => (await fetch(`${registry.url}/api_tokens?code=${code}`, { headers: { cookie: of } })).text();
    for (const key of ["", formKeyOf(await page(others))]) {
      const form = { form_key: key, code, choice: "mine", answer: "yes" };
      expect((await submit(ends, "/api_tokens/confirm", { cookie, form })).status).toBe(403);
    }
    const form = { form_key: formKeyOf(await page(cookie)), code, choice: "mine", answer: "yes" };
    expect((await submit(ends, "/api_tokens/confirm", { cookie, form, origin: "http://evil.example" })).status).toBe(403);
    const poll = () => fetch(`${registry.url}/api/v1/auth/token?code=${code}`);
    expect((await poll()).status).toBe(404);
    expect((await submit(ends, "/api_tokens/confirm", { cookie, form })).status).toBe(200);
    expect(await (await poll()).json()).toEqual({ token: registry.tokens.admin });
    expect((await poll()).status).toBe(404);
  });

  test("a session is nothing to the API", async () => {
    const cookie = await loggedIn({ url: registry.url, token: registry.tokens.admin });
    expect((await fetch(`${registry.url}/api/v1/models`, { headers: { cookie } })).status).toBe(401);
    expect((await fetch(`${registry.url}/models`, { headers: { cookie } })).status).toBe(200);
  });

  test("only an admin makes tokens for programs", async () => {
    const ends = { url: registry.url, token: registry.tokens.write };
    const cookie = await loggedIn(ends);
    const { code } = (await (await fetch(`${registry.url}/api/v1/auth/code`)).json()) as { code: string };
    const page = await (await fetch(`${registry.url}/api_tokens?code=${code}`, { headers: { cookie } })).text();
    const form = { form_key: formKeyOf(page), code, choice: "write", name: "mine", answer: "yes" };
    expect((await submit(ends, "/api_tokens/confirm", { cookie, form })).status).toBe(403);
  });

  test("no page runs anything, or is shown within another", async () => {
    const response = await fetch(`${registry.url}/login`);
    expect(response.headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.text()).not.toMatch(/<script|style="|onclick/);
  });

  test("a login leads nowhere else", async () => {
    for (const code of ["//evil.example", "x&next=//evil.example", "\r\nlocation: //evil.example"]) {
      const response = await submit({ url: registry.url }, "/login", { form: { token: registry.tokens.read, code } });
      expect(response.headers.get("location")).toMatch(/^\/api_tokens\?code=[^/]*$/);
    }
  });
});
