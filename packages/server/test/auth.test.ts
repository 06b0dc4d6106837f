import { api, getContext, service } from "@bento/sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { type Auth, createApp } from "../src/index.js";
import { doors, json, open } from "./doors.js";

@service({ name: "guarded", description: "What is inside" })
class Guarded {
  @api({ input: z.object({}), output: z.string().nullable() })
  async who() {
    await Promise.resolve();
    return getContext().identity?.id ?? null;
  }
}

@service({ name: "hasty", traffic: { timeout: 0.1 } })
class Hasty {
  static calls = 0;

  @api({ input: z.object({}), output: z.int() })
  call() {
    return ++Hasty.calls;
  }
}

const as = (authorization: string): RequestInit => json({}, { authorization });

const ways: [string, Auth][] = [
  ["a list", { tokens: ["s3cret", "other"] }],
  ["names", { tokens: { alice: "s3cret", bob: "other" } }],
  ["a function", (request) => (request.headers.get("authorization") === "Bearer s3cret" ? { id: "alice" } : null)],
  ["an async function", async (request) => (request.headers.get("authorization") === "Bearer s3cret" ? { id: "alice", team: 7 } : null)],
];

describe.each(doors)("by %s", (door) => {
  test.each(ways)("with %s, whoever is not known is refused on every route but the probes and the empty page", async (_, auth) => {
    await using guarded = await open(door, Guarded, { auth });
    const paths = [
      "/who",
      "/livez",
      "/readyz",
      "/healthz",
      "/metrics",
      "/schema.json",
      "/docs.json",
      "/",
      "/static_content/page.js",
      "/static_content/page.css",
      "/nowhere",
      "/who/",
      "/%77ho",
      "//who",
    ];
    // The page is the same for every service, and asks for a token before it asks for anything else.
    const free = ["/livez", "/readyz", "/healthz", "/", "/static_content/page.js", "/static_content/page.css"];
    for (const authorization of [undefined, "Bearer wrong", "Bearer", "Basic s3cret", "bearer s3cret2"]) {
      for (const path of paths) {
        for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]) {
          const isFree = free.includes(path) && (method === "GET" || method === "HEAD");
          const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
          const response = await guarded.fetch(path, { method, headers });
          expect([path, method, response.status]).toEqual([path, method, isFree ? 200 : 401]);
        }
      }
    }
    const refused = await guarded.fetch("/who", json({}));
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
    expect(await refused.json()).toMatchObject({ code: "BENTO_UNAUTHORIZED", hint: expect.any(String) });
  });

  test.each(ways)("with %s, a known caller is ctx.identity", async (way, auth) => {
    await using guarded = await open(door, Guarded, { auth });
    const response = await guarded.fetch("/who", as("Bearer s3cret"));
    expect([response.status, await response.json()]).toEqual([200, way === "a list" ? "token-1" : "alice"]);
    expect((await guarded.fetch("/metrics", { headers: { authorization: "Bearer s3cret" } })).status).toBe(200);
  });

  test("a check that never answers ends with the service's time, and lets nobody in late", async () => {
    let admit: ((identity: { id: string }) => void) | undefined;
    await using guarded = await open(door, Hasty, { auth: () => new Promise((resolve) => (admit = resolve)) });
    const response = await guarded.fetch("/call", json({}));
    expect([response.status, await response.json()]).toMatchObject([504, { code: "BENTO_TIMEOUT" }]);
    admit?.({ id: "late" });
    await new Promise(setImmediate);
    expect(Hasty.calls).toBe(0);
  });

  test("a check that throws is a 500 that tells nothing", async () => {
    await using guarded = await open(door, Guarded, {
      auth: () => {
        throw new Error("secret detail");
      },
    });
    const response = await guarded.fetch("/who", json({}));
    expect([response.status, (await response.text()).includes("secret")]).toEqual([500, false]);
  });
});

test("the page tells nothing of the service before it has a token", async () => {
  await using app = await createApp(Guarded, { auth: { tokens: ["s3cret"] } });
  const page = await (await app.request("/")).text();
  expect(page).toContain("data-auth");
  expect(page).not.toMatch(/guarded|inside/i);
  await using unguarded = await createApp(Guarded);
  expect(await (await unguarded.request("/")).text()).toMatch(/guarded.*inside/is);
});

test("two apps in one process keep their own callers", async () => {
  await using first = await createApp(Guarded, { auth: { tokens: ["one"] } });
  await using second = await createApp(Guarded, { auth: { tokens: ["two"] } });
  await using unguarded = await createApp(Guarded);
  const statuses = await Promise.all([first, second, unguarded].map(async (app) => (await app.request("/who", as("Bearer one"))).status));
  expect(statuses).toEqual([200, 401, 200]);
});

test.each([[[]], [[""]], [["with space"]], [{ alice: "line\nbreak" }], [{}]])("tokens that cannot work are refused: %j", async (tokens) => {
  await expect(createApp(Guarded, { auth: { tokens } })).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID" });
});
