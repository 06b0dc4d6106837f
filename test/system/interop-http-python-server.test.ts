import { BentoError } from "@bento/core";
import { type CallOptions, type Client, createClient } from "@bento/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answeredCases, failedCases } from "./support/probe-cases.js";
import type { Probe } from "./support/probe-service.js";
import { type PythonService, startPythonService } from "./support/python-service.js";

/** The client by endpoint names, as the tables of cases use it. */
type ByName = Readonly<Record<string, (input?: unknown, options?: CallOptions) => Promise<unknown>>>;

let server: PythonService;
let client: Client<Probe>;
beforeAll(async () => {
  server = await startPythonService();
  client = createClient<Probe>(server.url);
});
afterAll(() => server[Symbol.asyncDispose]());

/** The calls of the tables, without the types that the table cannot have. */
async function call(endpoint: string, input: unknown): Promise<unknown> {
  const method = (client as unknown as ByName)[endpoint];
  if (method === undefined) throw new Error(`no method ${endpoint}`);
  return method(input);
}

describe("our client calls a real Python service", () => {
  test.each(answeredCases)("$endpoint: $about", async ({ endpoint, input, root, answer }) => {
    expect(await call(endpoint, root ?? input)).toEqual(answer);
  });

  test.each(failedCases)("$endpoint: $about", async ({ endpoint, input, status, code, says = "" }) => {
    const error: unknown = await call(endpoint, input).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "BentoError", code, status });
    expect((error as Error).message).toContain(says);
    expect((error as Error).message).not.toContain("secret");
  });

  test("the types of the class fit the Python service", async () => {
    const sum: number = await client.add({ a: 1 });
    const order = await client.place({ order: { id: 1, items: [{ name: "tea", price: 1 }] } });
    const tags: readonly string[] | undefined = order.items[0]?.tags;
    expect([sum, tags]).toEqual([3, []]);
  });

  test("an invalid input names each problem's path", async () => {
    const error: unknown = await call("place", { order: { id: 1, items: [{ price: "dear" }] } }).catch((thrown: unknown) => thrown);
    if (!BentoError.is(error, "BENTO_INPUT_INVALID")) throw error;
    expect(error.issues.map((issue) => issue.path)).toEqual([
      ["order", "items", 0, "name"],
      ["order", "items", 0, "price"],
    ]);
  });

  test("a stream of text, whose items Python does not delimit, loses nothing", async () => {
    let text = "";
    for await (const piece of client.words({ text: "a bc é 中文 😀" })) text += piece;
    expect(text).toBe("abcé中文😀");
  });

  test("a date that Python puts in quotes under text/plain arrives without them", async () => {
    expect(await call("later", { at: "2024-02-28T12:00:00Z" })).toBe("2024-02-29T12:00:00Z");
  });

  test("endpoints", async () => {
    const endpoints = await client.endpoints;
    expect(endpoints.map(({ name, route, stream, task }) => [name, route, stream, task])).toEqual([
      ["add", "/add", false, false],
      ["broken", "/broken", true, false],
      ["fail", "/fail", false, false],
      ["greet", "/greet", false, false],
      ["later", "/later", false, false],
      ["maybe", "/maybe", false, false],
      ["nothing", "/nothing", false, false],
      ["place", "/place", false, false],
      ["reverse", "/reverse", false, false],
      ["routed", "/custom/path", false, false],
      ["shout", "/shout", false, false],
      ["tokens", "/tokens", true, false],
      ["total", "/total", false, false],
      ["weigh", "/weigh", false, false],
      ["words", "/words", true, false],
    ]);
    expect(endpoints[0]).toMatchObject({
      input: { properties: { a: { type: "integer" }, b: { type: "integer", default: 2 } }, required: ["a"] },
    });
  });

  test("an endpoint that the service lacks, and a call that is aborted", async () => {
    await expect(call("absent", {})).rejects.toMatchObject({ code: "BENTO_NOT_FOUND" });
    const aborted = (client as unknown as ByName)["add"]?.({ a: 1 }, { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  });

  test("calls at the same time", async () => {
    const sums = await Promise.all(Array.from({ length: 50 }, (_, a) => client.add({ a, b: 1 })));
    expect(sums).toEqual(Array.from({ length: 50 }, (_, a) => a + 1));
  });
});
