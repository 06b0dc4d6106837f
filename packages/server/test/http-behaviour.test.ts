import { setImmediate as nextTurn } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { doors, json, LineLogger, open } from "./doors.js";
import { Contextual, Failing, Prefixed, Typed } from "./zoo.js";

const text = (body: string, type = "text/plain"): RequestInit => ({ method: "POST", headers: { "content-type": type }, body });

async function answer(response: Promise<Response>) {
  const got = await response;
  return { status: got.status, type: got.headers.get("content-type"), body: await got.text() };
}

describe.each(doors)("by %s", (door) => {
  describe("inputs and outputs", () => {
    test.each([
      ["/greet", json({ who: "Bo" }), "text/plain; charset=utf-8", "Hi Bo"],
      ["/greet", json({ who: "Zoë ☕", times: 2 }), "text/plain; charset=utf-8", "Hi Zoë ☕Hi Zoë ☕"],
      ["/greet", json({ who: "Bo", times: 0 }), "text/plain; charset=utf-8", ""],
      ["/greet", text('{"who":"Bo"}'), "text/plain; charset=utf-8", "Hi Bo"],
      ["/greet", text('{"who":"Bo"}', "APPLICATION/JSON; charset=UTF-8"), "text/plain; charset=utf-8", "Hi Bo"],
      ["/greet", text('{"who":"Bo"}', "application/octet-stream"), "text/plain; charset=utf-8", "Hi Bo"],
      ["/greet", text('\u{feff}{"who":"Bo"}'.slice(1)), "text/plain; charset=utf-8", "Hi Bo"],
      ["/greet", { method: "POST", body: new TextEncoder().encode('{"who":"Bo"}') }, "text/plain; charset=utf-8", "Hi Bo"],
      ["/add", json({ a: 1 }), "application/json", "3"],
      ["/shout", text("héllo"), "text/plain; charset=utf-8", "HÉLLO"],
      ["/shout", text('"quoted"', "application/json"), "text/plain; charset=utf-8", '"QUOTED"'],
      ["/shout", text(""), "text/plain; charset=utf-8", ""],
      ["/total", json([1, 2, 3]), "application/json", "6"],
      ["/deep/next", json(1), "application/json", "2"],
      ["/deep/next", { method: "POST" }, "application/json", "8"],
      ["/maybe", json({ text: "a" }), "application/json", '"a"'],
      ["/maybe", json({ text: null }), "application/json", "null"],
      ["/nothing", { method: "POST" }, "application/json", "null"],
      ["/nothing", json({}), "application/json", "null"],
      ["/echo", json({ value: [1, { a: null }] }), "application/json", '[1,{"a":null}]'],
      [
        "/times",
        json({ at: "2026-01-02T03:04:05.000Z", big: "9007199254740993" }),
        "application/json",
        '{"at":"2026-01-02T03:04:06.000Z","big":"9007199254740994"}',
      ],
      ["/checked", json({ value: "yes" }), "text/plain; charset=utf-8", "yes"],
      ["/%67reet", json({ who: "Bo" }), "text/plain; charset=utf-8", "Hi Bo"],
    ])("POST %s %#", async (path, init, type, body) => {
      await using service = await open(door, Typed);
      expect(await answer(service.fetch(path, init))).toEqual({ status: 200, type, body });
    });

    test("a string that is left out is no content, and not the empty string", async () => {
      await using service = await open(door, Typed);
      expect(await answer(service.fetch("/perhaps", json({})))).toMatchObject({ status: 204, body: "" });
      expect(await answer(service.fetch("/perhaps", json({ text: "" })))).toMatchObject({ status: 200, body: "" });
    });

    test("identify service and request", async () => {
      await using service = await open(door, Typed);
      const first = await service.fetch("/greet", json({ who: "Bo" }));
      const second = await service.fetch("/greet", { ...json({}), headers: { "x-bentoml-request-id": "0123456789abcdef" } });
      expect(first.headers.get("server")).toBe("BentoML Service/typed");
      const ids = [first, second].map((response) => response.headers.get("x-bentoml-request-id"));
      expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), expect.stringMatching(/^[0-9a-f]{16}$/)]);
      expect(new Set([...ids, "0123456789abcdef"]).size).toBe(3);
    });
  });

  describe("bad requests", () => {
    test("invalid input names every problem", async () => {
      await using service = await open(door, Typed);
      const response = await service.fetch("/greet", json({ times: "many" }));
      expect(response.status).toBe(400);
      const body = (await response.json()) as { code: string; hint: string; detail: { loc: unknown; type: string }[] };
      expect([body.code, body.hint]).toEqual(["BENTO_INPUT_INVALID", expect.stringContaining("/schema.json")]);
      expect(body.detail.map(({ loc }) => loc)).toEqual([["who"], ["times"]]);
    });

    test("a schema that validates asynchronously", async () => {
      await using service = await open(door, Typed);
      const response = await service.fetch("/checked", json({ value: "no" }));
      expect(response.status).toBe(400);
      expect(await response.text()).toContain("must not be no");
    });

    test.each([
      ["/greet", '{"who":', "line 1, column 8"],
      ["/greet", '{"who": "Bo",}', "line 1, column 14"],
      ["/greet", '{\n"who": NaN}', "line 2, column 8"],
      ["/total", "[1,", "line 1, column 4"],
    ])("malformed JSON is 400 and says where: %s %j", async (path, body, where) => {
      await using service = await open(door, Typed);
      const response = await service.fetch(path, text(body, "application/json"));
      expect(response.status).toBe(400);
      const [error] = (await response.json()) as { error: string; code: string }[];
      expect(error?.code).toBe("BENTO_BAD_REQUEST");
      expect(error?.error).toContain(where);
    });

    test.each(["/greet", "/shout"])("bytes that are no UTF-8 are 400: %s", async (path) => {
      await using service = await open(door, Typed);
      const response = await service.fetch(path, { method: "POST", body: Uint8Array.of(0x22, 0xff, 0x22) });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain("UTF-8");
    });

    test.each([
      ["application/vnd.bentoml+pickle", /pickle/i],
      ["APPLICATION/VND.BENTOML+PICKLE", /pickle/i],
      ["image/png", /application\/json/],
      ["application/json; charset=latin1", /UTF-8/],
    ])("content type %s is 415 with a hint", async (type, hint) => {
      await using service = await open(door, Typed);
      for (const path of ["/greet", "/shout"]) {
        const response = await service.fetch(path, text("who=Bo", type));
        expect(response.status).toBe(415);
        const [error] = (await response.json()) as { code: string; hint: string }[];
        expect(error).toMatchObject({ code: "BENTO_MEDIA_TYPE_UNSUPPORTED", hint: expect.stringMatching(hint) });
      }
    });

    test.each([
      ["application/x-www-form-urlencoded", /curl.*-d/],
      ["multipart/form-data; boundary=x", /JSON object/],
    ])("%s is 415 with a hint where the input is no object", async (type, hint) => {
      await using service = await open(door, Typed);
      for (const path of ["/shout", "/total"]) {
        const response = await service.fetch(path, text("who=Bo", type));
        expect([response.status, await response.json()]).toEqual([415, [expect.objectContaining({ hint: expect.stringMatching(hint) })]]);
      }
    });

    test("unknown paths are 404 in our form, whatever the verb", async () => {
      await using service = await open(door, Typed);
      for (const method of ["GET", "POST", "DELETE"]) {
        const response = await service.fetch("/no/where", { method });
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject([{ code: "BENTO_ROUTE_NOT_FOUND" }]);
      }
    });

    test.each([
      ["GET", "/greet", "POST"],
      ["OPTIONS", "/greet", "POST"],
      ["PUT", "/greet", "POST"],
      ["POST", "/readyz", "GET, HEAD"],
      ["DELETE", "/", "GET, HEAD"],
    ])("%s %s is 405 and says what is allowed", async (method, path, allow) => {
      await using service = await open(door, Typed);
      const response = await service.fetch(path, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
      expect(await response.json()).toMatchObject([{ code: "BENTO_METHOD_NOT_ALLOWED" }]);
    });

    test("a slash too much is redirected, and only by a path of our own", async () => {
      await using service = await open(door, Typed);
      const response = await service.fetch("/deep/next/", json(1));
      expect([response.status, response.headers.get("location")]).toEqual([307, "../next"]);
      for (const path of ["//evil.example/", "/%2f%2fevil.example/", "/\\evil.example/", "/greet//"]) {
        const other = await service.fetch(path, json(1));
        expect([other.headers.get("location"), other.status >= 400]).toEqual([null, true]);
      }
    });

    test("hostile JSON does no harm", async () => {
      await using service = await open(door, Typed);
      const deep = "[".repeat(200_000) + "]".repeat(200_000);
      const nested = await service.fetch("/echo", text(`{"value":${deep}}`, "application/json"));
      expect([400, 500]).toContain(nested.status);
      const polluted = '{"__proto__":{"x":1,"y":2},"constructor":{"x":1,"y":2}}';
      await service.fetch("/points", text(polluted, "application/json"));
      await service.fetch("/echo", text(`{"value":${polluted},"__proto__":{"polluted":1}}`, "application/json"));
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
      expect((await service.fetch("/add", json({ a: 1 }))).status).toBe(200);
    });

    test("a body that is too large is 413, announced or not", async () => {
      await using service = await open(door, Typed, { maxBodyBytes: 100 });
      expect((await service.fetch("/shout", text("x".repeat(100)))).status).toBe(200);
      const announced = await service.fetch("/shout", text("x".repeat(101)));
      expect(await announced.json()).toMatchObject([{ code: "BENTO_PAYLOAD_TOO_LARGE" }]);
      const pieces = new ReadableStream<Uint8Array>({
        // Client and server share this process: a source that always has more at once would leave the server no turn.
        async pull(controller) {
          await nextTurn();
          controller.enqueue(new Uint8Array(64).fill(120));
        },
      });
      const streamed = await service.fetch("/shout", { method: "POST", body: pieces, duplex: "half" } as RequestInit);
      expect(streamed.status).toBe(413);
      expect((await service.fetch("/shout", text("ok"))).status).toBe(200);
    });
  });

  describe("failures of the service", () => {
    test("what a BentoError says goes out by its code", async () => {
      await using service = await open(door, Failing);
      const missing = await service.fetch("/known", json({ code: "missing" }));
      expect([missing.status, await missing.json()]).toEqual([
        404,
        [{ error: "no such cat", code: "BENTO_NOT_FOUND", hint: "Ask for another." }],
      ]);
      expect((await service.fetch("/known", json({ code: "other" }))).status).toBe(422);
      const secret = await service.fetch("/known", json({ code: "secret" }));
      expect(secret.status).toBe(500);
      expect(await secret.text()).not.toContain("/home");
    });

    test.each(["/crash", "/crashSync"])("%s: anything else is a 500 that tells nothing, and the log tells all", async (path) => {
      const logger = new LineLogger();
      await using service = await open(door, Failing, { logger });
      const response = await service.fetch(path, json({}));
      expect(response.status).toBe(500);
      expect(await response.text()).not.toMatch(/secret|a text/);
      const line = logger.lines.find(({ level }) => level === "error");
      expect(line?.message).toMatch(/secret detail|a text/);
      expect(line?.fields["requestId"]).toBe(response.headers.get("x-bentoml-request-id"));
      expect((await service.fetch("/fine", json({}))).status).toBe(200);
    });

    test("a result that its schema forbids is 500 with the problems", async () => {
      await using service = await open(door, Failing);
      const response = await service.fetch("/wrong", json({}));
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ code: "BENTO_OUTPUT_INVALID", detail: [{ loc: ["n"] }] });
    });

    test("a result that cannot be JSON is a plain 500", async () => {
      await using service = await open(door, Failing);
      expect((await service.fetch("/circular", json({ depth: 1 }))).status).toBe(500);
    });
  });

  describe("context", () => {
    test("a method sees its request", async () => {
      await using service = await open(door, Contextual);
      const response = await service.fetch("/look?q=1", { ...json({}), headers: { "x-custom": "yes" } });
      expect(await response.json()).toEqual({
        same: true,
        method: "POST",
        path: "/look?q=1",
        header: "yes",
        requestId: response.headers.get("x-bentoml-request-id"),
        identity: null,
        aborted: false,
        seen: true,
      });
    });

    test("a method adds to its answer, but cannot forge what is the server's", async () => {
      await using service = await open(door, Contextual);
      const response = await service.fetch("/answer", json({ status: 202 }));
      expect([response.status, await response.text()]).toEqual([202, "made"]);
      expect(response.headers.get("x-mine")).toBe("1");
      expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
      expect(response.headers.get("server")).toBe("BentoML Service/contextual");
      expect(response.headers.get("x-bentoml-request-id")).toMatch(/^[0-9a-f]{16}$/);
      const empty = await service.fetch("/answer", json({ status: 204 }));
      expect([empty.status, await empty.text()]).toEqual([204, ""]);
      expect((await service.fetch("/answer", json({ status: 42 }))).status).toBe(500);
      const typed = await service.fetch("/markdown", json({}));
      expect([typed.headers.get("content-type"), await typed.text()]).toEqual(["text/markdown; charset=utf-8", "# title"]);
    });
  });

  describe("probes", () => {
    test.each(["/livez", "/readyz", "/healthz"])("GET and HEAD %s", async (path) => {
      await using service = await open(door, Typed);
      expect(await answer(service.fetch(path))).toEqual({ status: 200, type: "text/plain; charset=utf-8", body: "\n" });
      const head = await service.fetch(path, { method: "HEAD" });
      expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "1", ""]);
    });
  });

  describe("a path prefix", () => {
    test("stands before everything but schema.json; probes are at the root as well", async () => {
      await using service = await open(door, Prefixed);
      const statusOf = async (path: string, init?: RequestInit) => (await service.fetch(path, init)).status;
      const found = [
        "/v1/livez",
        "/v1/readyz",
        "/v1/healthz",
        "/livez",
        "/readyz",
        "/healthz",
        "/schema.json",
        "/v1/docs.json",
        "/v1/",
        "/v1/metrics",
      ];
      expect(await Promise.all(found.map((path) => statusOf(path)))).toEqual(found.map(() => 200));
      const lost = ["/", "/docs.json", "/metrics", "/v1/schema.json", "/v1x/livez"];
      expect(await Promise.all(lost.map((path) => statusOf(path)))).toEqual(lost.map(() => 404));
      expect(await answer(service.fetch("/v1/echo", json({ s: "x" })))).toMatchObject({ status: 200, body: "x" });
      expect(await statusOf("/echo", json({ s: "x" }))).toBe(404);
      const index = await service.fetch("/v1");
      expect([index.status, index.headers.get("location")]).toEqual([307, "./v1/"]);
    });
  });
});
