import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FolderBlobStore } from "../src/blobs/folder.js";
import { createCatalog } from "../src/catalog/create-catalog.js";
import { openSqlite } from "../src/database/sqlite.js";
import { LoginCodes } from "../src/http/login-codes.js";
import type { Route } from "../src/http/route.js";
import { registryRoutes } from "../src/http/routes.js";
import { Tickets } from "../src/http/tickets.js";
import { createFailureLimit } from "../src/limits/failure-limit.js";
import { PageGuard } from "../src/page/page-guard.js";
import { Sessions } from "../src/page/sessions.js";
import { createTokens } from "../src/tokens/create-tokens.js";
import { FolderUploads } from "../src/uploads/folder.js";
import { startRegistry, type StartedRegistry } from "./support/started-registry.js";

let registry: StartedRegistry;
let other: StartedRegistry;
beforeAll(async () => {
  [registry, other] = await Promise.all([startRegistry(), startRegistry()]);
});
afterAll(() => Promise.all([registry[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]));

/** The table of all that is answered. */
const routes = await routeTable();

async function routeTable(): Promise<readonly Route[]> {
  const folder = await mkdtemp(join(tmpdir(), "bento-routes-"));
  const database = await openSqlite(join(folder, "registry.db"));
  const tokens = createTokens(database);
  const guard = new PageGuard({ tokens, failures: createFailureLimit(), insecure: false, sessions: new Sessions(), isSecure: false });
  const table = registryRoutes({
    catalog: createCatalog(database),
    blobs: new FolderBlobStore(folder),
    uploads: new FolderUploads(join(folder, "uploads")),
    tickets: new Tickets(),
    strategy: "proxy",
    codes: new LoginCodes(),
    tokens,
    guard,
  });
  await database.close();
  await rm(folder, { recursive: true, force: true });
  return table;
}

/** A request to a route with something in its path that is not there. */
function ask({ method, path }: Route, { url }: StartedRegistry, headers: Readonly<Record<string, string>>): Promise<Response> {
  const filled = path.replace(":sha256", "0".repeat(64)).replaceAll(/:(name|version|uid|cluster|ticket)/g, "absent");
  const body = method === "GET" ? {} : { body: "{}" };
  return fetch(url + filled, { method, headers: { "content-type": "application/json", ...headers }, redirect: "manual", ...body });
}

const ranks = ["read", "write", "admin"] as const;
const guarded = routes.filter(({ access }) => (ranks as readonly string[]).includes(access));

describe("every route asks who may ask for it", () => {
  test("the table has all kinds of them, and names each once", () => {
    expect(new Set(routes.map(({ access }) => access))).toEqual(new Set(["open", "signed", "session", "read", "write", "admin"]));
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test("nobody changes anything without a token, or with one that may only read", () => {
    const changing = guarded.filter(({ method, path }) => method !== "GET" && !path.endsWith("/presign_download_url"));
    expect(changing.filter(({ access }) => access === "read")).toEqual([]);
    // What changes something and is open asks for its own: a token in the form, or the form's own key.
    const open = routes.filter(({ method, access }) => method !== "GET" && access === "open");
    expect(open.map(({ path }) => path)).toEqual(["/login"]);
  });

  test.each(guarded.map((route) => [route.method, route.path, route] as const))("%s %s", async (_method, _path, route) => {
    expect((await ask(route, registry, {})).status).toBe(401);
    for (const scope of ranks) {
      const headers = [{ "x-yatai-api-token": registry.tokens[scope] }, { authorization: `Bearer ${registry.tokens[scope]}` }];
      for (const header of headers) {
        const { status } = await ask(route, registry, header);
        const isEnough = ranks.indexOf(scope) >= ranks.indexOf(route.access as "read");
        if (isEnough) expect([401, 403, 500]).not.toContain(status);
        else expect(status).toBe(403);
      }
    }
  });

  test.each(routes.filter(({ access }) => access === "session").map((route) => [route.method, route.path, route] as const))(
    "the page's %s %s takes a session alone",
    async (_method, _path, route) => {
      for (const headers of [{}, { "x-yatai-api-token": registry.tokens.admin }, { cookie: "bento_registry=guessed" }]) {
        const response = await ask(route, registry, headers);
        expect([response.status, response.headers.get("location")?.replace(/\?.*/, "")]).toEqual([303, "/login"]);
      }
    },
  );

  test.each(routes.filter(({ access }) => access === "signed").map((route) => [route.method, route.path, route] as const))(
    "%s %s takes no ticket that was not made here",
    async (_method, _path, route) => {
      expect((await ask(route, registry, { "x-yatai-api-token": registry.tokens.admin })).status).toBe(403);
    },
  );

  test("other methods and paths are none of ours", async () => {
    for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const response = await fetch(`${registry.url}/api/v1/models`, {
        method,
        headers: { origin: "http://evil.example", "access-control-request-method": "PUT" },
      });
      expect([403, 404]).toContain(response.status);
      expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });
});

test("who tries wrong tokens has to wait, and is told how long", async () => {
  const [route] = guarded;
  if (route === undefined) throw new Error("There are no routes.");
  const statuses: number[] = [];
  for (let count = 0; count < 12; count += 1) statuses.push((await ask(route, other, { "x-yatai-api-token": `wrong-${count}` })).status);
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
  expect(statuses.at(-1)).toBe(429);
  // A right one is not tried either, or the limit would be none.
  const right = await ask(route, other, { "x-yatai-api-token": other.tokens.read });
  expect(right.status).toBe(429);
  expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await right.json()).toMatchObject({ code: "BENTO_TOO_MANY_REQUESTS" });
  const audit = await other.audit();
  expect(audit.filter(({ action, status }) => action === "refused" && status === 401)).toHaveLength(10);
});

test("what changes something is written down, with whose token it was", async () => {
  const headers = { "x-yatai-api-token": registry.tokens.write };
  await fetch(`${registry.url}/api/v1/model_repositories`, { method: "POST", headers, body: JSON.stringify({ name: "noted" }) });
  await fetch(`${registry.url}/api/v1/model_repositories/noted`, {
    method: "DELETE",
    headers: { "x-yatai-api-token": registry.tokens.read },
  });
  const [refused, made] = await registry.audit();
  expect(made).toMatchObject({ action: "model_repository.create", caller: "write", address: "127.0.0.1", status: 200 });
  expect(refused).toMatchObject({ action: "model_repository.delete", target: "/api/v1/model_repositories/noted", status: 403 });
  expect(JSON.stringify([refused, made])).not.toContain(registry.tokens.write);
});
