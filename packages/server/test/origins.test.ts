import { request } from "node:http";

import { describe, expect, test } from "vitest";

import { createApp, serve, type ServeOptions } from "../src/index.js";
import { doors, json, LineLogger, open } from "./doors.js";
import { Typed } from "./zoo.js";

const quiet = { port: 0, banner: false, accessLog: false, handleSignals: false, logger: new LineLogger() } satisfies ServeOptions;

/** `fetch` will not send a Host of its own. */
function ask(url: string, headers: Record<string, string>, method = "POST", path = "/greet"): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}${path}`, { method, headers: { "content-type": "text/plain", ...headers } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (piece: string) => (body += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on("error", reject);
    outgoing.end(method === "POST" ? '{"who":"Bo"}' : undefined);
  });
}

describe("Host", () => {
  test("a name that somebody pointed here is refused: DNS rebinding", async () => {
    await using server = await serve(Typed, quiet);
    for (const host of [
      "evil.example",
      "evil.example:3000",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "[::2]",
      "127.0.0.2",
      "a b",
    ]) {
      const { status, body } = await ask(server.url, { host });
      expect([host, status]).toEqual([host, 421]);
      expect(body).toContain("BENTO_HOST_NOT_ALLOWED");
      // Every method and every route, the unknown ones too.
      for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) expect((await ask(server.url, { host }, method)).status).toBe(421);
    }
    for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1", `127.0.0.1:${server.port}`, "[::1]:80", "localhost."]) {
      expect([host, (await ask(server.url, { host })).status]).toEqual([host, 200]);
    }
  });

  test("allowedHosts adds names, domains or everything", async () => {
    await using server = await serve(Typed, { ...quiet, allowedHosts: ["api.example", ".internal.example"] });
    const statusOf = async (host: string) => (await ask(server.url, { host })).status;
    expect(
      await Promise.all(["api.example", "a.internal.example:80", "internal.example", "xinternal.example", "example"].map(statusOf)),
    ).toEqual([200, 200, 200, 421, 421]);
    await using all = await serve(Typed, { ...quiet, allowedHosts: ["*"] });
    expect((await ask(all.url, { host: "evil.example" })).status).toBe(200);
  });

  test("a server on all addresses takes addresses, but still no strange names", async () => {
    await using server = await serve(Typed, { ...quiet, host: "0.0.0.0" });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect((await ask(server.url, { host: "10.1.2.3:3000" })).status).toBe(200);
    expect((await ask(server.url, { host: "evil.example" })).status).toBe(421);
  });

  test("an app that is mounted somewhere leaves hosts to whoever listens", async () => {
    await using app = await createApp(Typed);
    expect((await app.request("http://evil.example/greet", json({ who: "Bo" }))).status).toBe(200);
  });
});

describe("Origin", () => {
  test("a page of another origin cannot call without being allowed to", async () => {
    await using server = await serve(Typed, quiet);
    const host = new URL(server.url).host;
    const statusOf = async (headers: Record<string, string>) => (await ask(server.url, headers)).status;
    expect(await statusOf({ origin: "http://evil.example", "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await statusOf({ origin: "http://evil.example" })).toBe(403);
    expect(await statusOf({ origin: "null" })).toBe(403);
    expect(await statusOf({ origin: "http://localhost:5173", "sec-fetch-site": "same-site" })).toBe(403);
    expect(await statusOf({ origin: `http://${host}`, "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await statusOf({ origin: `http://${host}` })).toBe(200);
    expect(await statusOf({})).toBe(200);
  });
});

// A guard elsewhere knew some methods alone.
test("no method and no route goes around the checks of host and origin", async () => {
  await using server = await serve(Typed, quiet);
  const { routes } = (await (await fetch(`${server.url}/schema.json`)).json()) as { routes: { route: string }[] };
  const own = [
    "/",
    "/schema.json",
    "/docs.json",
    "/metrics",
    "/healthz",
    "/livez",
    "/readyz",
    "/unknown",
    "//greet",
    "/%67reet",
    "/greet/",
    "/./greet",
  ];
  const paths = [...own, ...routes.map(({ route }) => route)];
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    for (const path of paths) {
      const rebound = await ask(server.url, { host: "evil.example" }, method, path);
      expect([method, path, rebound.status]).toEqual([method, path, 421]);
      if (method === "GET" || method === "HEAD") continue;
      const foreign = await ask(server.url, { origin: "http://evil.example", "sec-fetch-site": "cross-site" }, method, path);
      expect([method, path, foreign.status]).toEqual([method, path, 403]);
    }
  }
});

describe.each(doors)("CORS by %s", (door) => {
  const origin = "http://app.example";
  const from = (value: string): RequestInit => json({ who: "Bo" }, { origin: value });

  test("is off unless asked for", async () => {
    await using service = await open(door, Typed);
    const response = await service.fetch("/schema.json", { headers: { origin } });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("true lets every page call", async () => {
    await using service = await open(door, Typed, { cors: true });
    const response = await service.fetch("/greet", from(origin));
    expect([response.status, await response.text()]).toEqual([200, "Hi Bo"]);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-expose-headers")).toBe("x-bentoml-request-id,retry-after");
  });

  test("named origins, with a preflight that needs no credentials", async () => {
    await using service = await open(door, Typed, { cors: { origin: [origin], maxAge: 600 }, auth: { tokens: ["s3cret"] } });
    const preflight = await service.fetch("/greet", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type" },
    });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
    expect((await service.fetch("/greet", from(origin))).status).toBe(401);
    const other = await service.fetch("/greet", from("http://evil.example"));
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
  });
});
