import { EventEmitter, once } from "node:events";
import { type BentoServer, serve, type ServeOptions } from "@bento/server";
import { api, service } from "@bento/sdk";
import { MemoryModelStore } from "@bento/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { answeredCases, failedCases } from "./support/probe-cases.js";
import { Probe } from "./support/probe-service.js";
import { PythonSession } from "./support/python-session.js";

let python: PythonSession;
let server: BentoServer;

/** A port of its own, an empty store, no signals, nothing printed but failures. */
const quietly = (): ServeOptions => ({ port: 0, store: new MemoryModelStore(), handleSignals: false, banner: false, accessLog: false });

beforeAll(async () => {
  python = await PythonSession.start();
  server = await serve(Probe, quietly());
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await python[Symbol.asyncDispose]();
});

describe.each(["sync", "async"] as const)("Python's %s client calls our service", (client) => {
  test.each(answeredCases)("$endpoint: $about", async ({ endpoint, input, root, answer }) => {
    const given = root === undefined ? { kwargs: input ?? {} } : { args: [root] };
    expect(await python.call({ client, url: server.url, endpoint, ...given })).toEqual(answer);
  });

  test.each(failedCases)("$endpoint: $about", async ({ endpoint, input, status, pythonClass, says = "" }) => {
    const error: unknown = await python.call({ client, url: server.url, endpoint, kwargs: input }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ pythonClass, status });
    expect((error as Error).message).toContain(says);
    expect((error as Error).message).not.toContain("secret");
  });

  test("positional arguments take the properties in the order of the schema", async () => {
    expect(await python.call({ client, url: server.url, endpoint: "add", args: [1, 2] })).toBe(3);
  });

  test("a stream of text comes whole", async () => {
    const pieces = await python.call({ client, url: server.url, endpoint: "words", kwargs: { text: "a bc é 中文 😀" } });
    expect((pieces as string[]).join("")).toBe("abcé中文😀");
  });

  test("an invalid input is told apart by path", async () => {
    const error: unknown = await python
      .call({ client, url: server.url, endpoint: "place", kwargs: { order: { id: 1, items: [{ price: "dear" }] } } })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ pythonClass: "InvalidArgument", status: 400 });
    const { detail } = JSON.parse((error as Error).message) as { detail: { loc: unknown }[] };
    expect(detail.map(({ loc }) => loc)).toEqual([
      ["order", "items", 0, "name"],
      ["order", "items", 0, "price"],
    ]);
  });

  test("an argument that the endpoint lacks is refused before anything is sent", async () => {
    await expect(python.call({ client, url: server.url, endpoint: "add", kwargs: { a: 1, c: 2 } })).rejects.toMatchObject({
      pythonClass: "TypeError",
    });
    await expect(python.call({ client, url: server.url, endpoint: "add", kwargs: { b: 2 } })).rejects.toMatchObject({
      pythonClass: "TypeError",
    });
  });
});

describe("what Python's client learns from our service", () => {
  test("endpoints, routes, streams and descriptions", async () => {
    const endpoints = await python.endpoints(server.url);
    expect(Object.keys(endpoints).join(" ")).toBe(
      "add broken fail greet maybe nothing place reverse routed shout tokens total weigh words",
    );
    expect(endpoints["routed"]).toMatchObject({ route: "/custom/path", stream: false, task: false });
    expect(endpoints["words"]).toMatchObject({ stream: true });
    expect(endpoints["place"]).toMatchObject({ doc: "Places an order." });
  });

  test("readiness", async () => {
    expect(await python.isReady(server.url)).toBe(true);
  });

  test("a service below a path prefix is found on the bare host", async () => {
    @service({ pathPrefix: "/v1" })
    class Prefixed {
      @api({ input: z.object({ n: z.int() }), output: z.int() })
      async double({ n }: { n: number }): Promise<number> {
        return n * 2;
      }
    }
    await using prefixed = await serve(Prefixed, quietly());
    const url = new URL("/", prefixed.url).href;
    expect(await python.endpoints(url)).toMatchObject({ double: { route: "/v1/double" } });
    expect(await python.call({ client: "sync", url, endpoint: "double", kwargs: { n: 4 } })).toBe(8);
    expect(await python.call({ client: "async", url, endpoint: "double", kwargs: { n: 5 } })).toBe(10);
  });

  test("a token opens a guarded service, and nothing else does", async () => {
    await using guarded = await serve(Probe, { ...quietly(), auth: { tokens: ["sesame"] } });
    const call = (token: string | undefined): Promise<unknown> =>
      python.call({ client: "sync", url: guarded.url, endpoint: "add", kwargs: { a: 1 }, options: token === undefined ? {} : { token } });
    expect(await call("sesame")).toBe(3);
    await expect(call("wrong")).rejects.toMatchObject({ pythonClass: "BentoMLException" });
    await expect(call(undefined)).rejects.toMatchObject({ pythonClass: "BentoMLException" });
  });

  test("too many calls at once are 429 to Python", async () => {
    const events = new EventEmitter();
    const started = once(events, "started");
    const released = once(events, "released");
    @service({ traffic: { maxConcurrency: 1 } })
    class Narrow {
      @api({ input: z.object({}), output: z.string() })
      async hold(): Promise<string> {
        events.emit("started");
        await released;
        return "done";
      }
    }
    await using narrow = await serve(Narrow, quietly());
    const first = fetch(`${narrow.url}/hold`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    await started;
    await expect(python.call({ client: "sync", url: narrow.url, endpoint: "hold" })).rejects.toMatchObject({
      pythonClass: "BentoMLException",
      status: 429,
    });
    events.emit("released");
    expect(await (await first).text()).toBe("done");
  });
});
