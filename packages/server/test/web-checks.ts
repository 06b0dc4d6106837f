import { expect } from "vitest";

import { json } from "./doors.js";

/** How a service is asked. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** What is checked of paths with parameters, wherever the service runs. */
export async function expectParams(ask: Ask): Promise<void> {
  const params = async (path: string) => (await ask(path, json({}))).json();
  expect(await params("/items/a%20b/of/x%2Fy%252F?of=z")).toEqual({ key: "a b", owner: "x/y%2F" });
  expect(await params("/items/{key}/of/{owner}")).toEqual({ key: "{key}", owner: "{owner}" });
  expect(await (await ask("/items/known/of/me", json({}))).text()).toBe("known");
  expect(await params("/params")).toEqual({});
  for (const path of ["/items/a/of", "/items//of/x", "/items/a/of/x/y", "/items/a/by/x"])
    expect([path, (await ask(path, json({}))).status]).toEqual([path, 404]);
  const wrongVerb = await ask("/items/a/of/x");
  expect([wrongVerb.status, wrongVerb.headers.get("allow")]).toEqual([405, "POST"]);
  const text = await (await ask("/metrics")).text();
  expect(text).toContain('bentoml_service_request_total{endpoint="/items/{key}/of/{owner}",http_response_code="200"');
  expect(text).not.toContain("/items/a");
}

/** What is checked of cookies. */
export async function expectCookies(ask: Ask): Promise<void> {
  const answer = await ask("/cookies", json({}, { cookie: 'a=1; b="two words"; __proto__=x' }));
  expect(Object.entries((await answer.json()) as object)).toEqual([
    ["a", "1"],
    ["b", "two words"],
    ["__proto__", "x"],
  ]);
  expect(answer.headers.getSetCookie()).toEqual([
    "one=1; HttpOnly; Path=/; SameSite=lax",
    'two="earl grey"; Max-Age=60; Path=/; SameSite=lax',
  ]);
  const bad = await ask("/badCookie", json({}));
  expect([bad.status, bad.headers.getSetCookie()]).toEqual([500, []]);
}

/** What is checked of answers that a method makes by itself. */
export async function expectOwnResponses(ask: Ask): Promise<void> {
  const own = await ask("/own", json({}));
  expect([own.status, await own.json(), own.headers.get("content-type")]).toEqual([203, { own: true }, "application/json"]);
  expect([own.headers.get("x-own"), own.headers.get("x-both"), own.headers.get("server")]).toEqual([
    "1",
    "the context's",
    "BentoML Service/Web",
  ]);
  expect(own.headers.getSetCookie()).toEqual(["own=1", "more=1; Path=/; SameSite=lax"]);
  expect(own.headers.get("x-bentoml-trace-id")).toMatch(/^[0-9a-f]{32}$/);
  expect((await ask("/own", json({ status: 299 }))).status).toBe(299);
  const part = await ask("/ownStatus", json({}));
  expect([part.status, part.headers.get("content-type"), await part.text()]).toEqual([206, "text/x-part", "part"]);
  const empty = await ask("/ownEmpty", json({}));
  expect([empty.status, await empty.text(), empty.headers.get("x-own")]).toEqual([204, "", "1"]);
  for (const name of ["ownUsed", "ownError"]) expect([name, (await ask(`/${name}`, json({}))).status]).toEqual([name, 500]);
  const letters = await ask("/letters", json({ text: "stream" }));
  expect([letters.headers.get("content-type"), await letters.text()]).toEqual(["text/x-letters", "stream"]);
  const broken = await ask("/letters", json({ text: "ab!c" }));
  expect(broken.status).toBe(200);
  await expect(broken.text()).rejects.toThrow(/./);
}

/** What is checked of mounted apps. */
export async function expectMounts(ask: Ask): Promise<void> {
  const ping = await ask("/hono/ping?q=a%20b");
  expect([ping.status, await ping.json()]).toEqual([200, { pong: "a b", path: "/ping", id: ping.headers.get("x-bentoml-request-id") }]);
  expect((await ask("/hono/none")).status).toBe(404);
  expect((await ask("/hono/none", { method: "DELETE" })).status).toBe(404);
  const echo = await ask("/hono/echo", { method: "POST", headers: { "content-type": "text/x-own" }, body: "hä?" });
  expect([echo.status, await echo.text(), echo.headers.get("x-type")]).toEqual([202, "hä?", "text/x-own"]);
  expect(await (await ask("/hono/stream")).text()).toBe("abc");
  const crash = await ask("/hono/crash");
  expect([crash.status, (await crash.text()).includes("secret")]).toEqual([500, false]);
  const where = await ask("/old/one/where?x=1");
  expect(await where.json()).toMatchObject({ url: "/where?x=1", originalUrl: "/old/one/where?x=1", baseUrl: "/old/one" });
  expect(where.headers.getSetCookie()).toEqual(["a=1; Path=/"]);
  const put = await ask("/old/one/echo", { ...json({ deep: [1] }), method: "PUT" });
  expect([put.status, await put.json()]).toEqual([201, { method: "PUT", body: { deep: [1] } }]);
  expect(await (await ask("/old/one/stream")).text()).toBe("one two");
  expect((await ask("/old/one/empty")).status).toBe(204);
  const head = await ask("/old/one/where", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  const plain = await ask("/plain/a%2Fb//c/");
  expect([await plain.text(), plain.headers.get("server")]).toEqual(["/a%2Fb//c/", "BentoML Service/Web"]);
  expect(await (await ask("/plain")).text()).toBe("/");
  expect((await ask("/plainly")).status).toBe(404);
  for (const path of ["/broken/x", "/throws/x"]) expect([path, (await ask(path)).status]).toEqual([path, 500]);
  const { paths } = (await (await ask("/schema.json")).json()) as { paths: object };
  expect(paths).toMatchObject({
    "/hono/ping": { mounted: true },
    "/old/one": { mounted: true },
    "/plain": { mounted: true },
    "/items/{key}/of/{owner}": { mounted: false },
  });
}

/** What is checked of hooks that are asked, as far as it is the same however many processes there are. */
export async function expectHealth(ask: Ask, feel: (feeling: object) => Promise<void>): Promise<void> {
  const probes = async () => Promise.all(["/readyz", "/livez", "/healthz"].map(async (path) => (await ask(path)).status));
  expect(await probes()).toEqual([200, 200, 200]);
  await feel({ isReady: false });
  expect(await probes()).toEqual([503, 200, 200]);
  const readyz = await ask("/readyz");
  expect([readyz.headers.get("content-type"), await readyz.text()]).toEqual([
    "text/plain; charset=utf-8",
    "The service is not ready: its readiness hook says so.\n",
  ]);
  await feel({ isAlive: false });
  expect(await probes()).toEqual([200, 503, 503]);
  expect(await (await ask("/livez")).text()).not.toContain("secret");
  expect((await ask("/params", json({}))).status).toBe(200);
  await feel({});
  expect(await probes()).toEqual([200, 200, 200]);
}
