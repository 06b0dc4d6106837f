import { inspect } from "node:util";
import { BentoError, reservedApiNames } from "@bento/core";
import { expect, test } from "vitest";
import { createClient, type ServiceDocument } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { type Answer, json, listen } from "./listen.js";

const answer: Answer = ({ path, body }, response) => {
  if (path === "/schema.json") return json(response, digitsSchema);
  if (path === "/v2/classify")
    return json(
      response,
      (JSON.parse(body) as { images: number[][] }).images.map((row) => row.length),
    );
  if (path === "/echo") return response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(body.toUpperCase());
  if (path === "/born") return json(response, { at: "2026-01-02T03:04:05.000Z", serial: "9007199254740993" });
  if (path === "/other") return json(response, 7);
  return json(response, [{ error: "no such route" }], 404);
};

test("a call goes to the route of the schema, which is fetched once for all", async () => {
  await using server = await listen(answer);
  const client = createClient<Digits>(server.url);
  const [a, b] = await Promise.all([client.classify({ images: [[1, 2], [3]] }), client.classify({ images: [] })]);
  expect(a).toEqual([2, 1]);
  expect(b).toEqual([]);
  await client.classify({ images: [] });
  expect(server.seen.filter(({ path }) => path === "/schema.json")).toHaveLength(1);
  const [, first] = server.seen;
  expect(first).toMatchObject({ method: "POST", path: "/v2/classify", headers: { "content-type": "application/json" } });
});

test("a schema given is not fetched", async () => {
  await using server = await listen(answer);
  const client = createClient<Digits>(new URL(server.url), { schema: digitsSchema });
  expect(await client.echo("héllo")).toBe("HÉLLO");
  expect(server.seen.map(({ path }) => path)).toEqual(["/echo"]);
  expect(server.seen[0]).toMatchObject({ body: "héllo", headers: { "content-type": "text/plain; charset=utf-8" } });
});

test("a failed schema fetch is tried again by the next call", async () => {
  let failures = 1;
  await using server = await listen((seen, response) =>
    failures-- > 0 ? json(response, { error: "starting" }, 503) : answer(seen, response),
  );
  const client = createClient<Digits>(server.url);
  await expect(client.echo("a")).rejects.toMatchObject({ code: "BENTO_UNAVAILABLE", message: "starting" });
  expect(await client.echo("a")).toBe("A");
});

test("nothing is sent until a call is awaited, and it is sent once", async () => {
  await using server = await listen(answer);
  const client = createClient<Digits>(server.url, { schema: digitsSchema });
  const call = client.echo("a");
  await new Promise((resolve) => setImmediate(resolve));
  expect(server.seen).toHaveLength(0);
  expect([await call, await call, await call.finally(() => undefined)]).toEqual(["A", "A", "A"]);
  expect(server.seen).toHaveLength(1);
});

test("dates and bigints arrive as what the schema says", async () => {
  await using server = await listen(answer);
  const born = await createClient<Digits>(server.url).born();
  expect(born).toEqual({ at: new Date("2026-01-02T03:04:05Z"), serial: 9007199254740993n });
});

test.each([204, 205])("an answer of status %i is nothing", async (status) => {
  await using server = await listen((_seen, response) => response.writeHead(status).end());
  const client = createClient<Digits>(server.url, { schema: digitsSchema });
  expect(await client.echo("a")).toBeUndefined();
  expect(await client.classify({ images: [] })).toBeUndefined();
});

test("a method is found by its name in the class, whatever it is called on the wire", async () => {
  await using server = await listen(answer);
  const client = createClient<Digits>(server.url);
  expect(await client.renamed({ x: 1 })).toBe(7);
  expect(server.seen.at(-1)?.path).toBe("/other");
});

test("a method the service lacks names those it has", async () => {
  await using server = await listen(answer);
  const client = createClient<{ clasify(input: object): Promise<number> }>(server.url);
  await expect(client.clasify({})).rejects.toMatchObject({
    code: "BENTO_NOT_FOUND",
    message: `The service "digits" at ${server.url} has no endpoint "clasify".`,
    hint: "Its endpoints are: born, classify, count, echo, renamed, train.",
  });
});

test("endpoints lists what the schema says of each", async () => {
  await using server = await listen(answer);
  const client = createClient<Digits>(server.url);
  const endpoints = await client.endpoints;
  expect(endpoints.map(({ name, route, stream, task }) => ({ name, route, stream, task }))).toEqual([
    { name: "born", route: "/born", stream: false, task: false },
    { name: "classify", route: "/v2/classify", stream: false, task: false },
    { name: "count", route: "/count", stream: true, task: false },
    { name: "echo", route: "/echo", stream: false, task: false },
    { name: "wire-name", route: "/other", stream: false, task: false },
    { name: "train", route: "/train", stream: false, task: true },
  ]);
  expect(endpoints[1]).toMatchObject({ doc: "Tells digits apart.", input: { type: "object" }, output: { type: "array" } });
});

test("a client can be awaited, printed, compared and turned into JSON", async () => {
  const client: unknown = createClient<Digits>("http://localhost:1");
  expect(await client).toBe(client);
  expect(JSON.stringify({ client })).toBe('{"client":{}}');
  expect(inspect(client)).toBe("{ url: 'http://localhost:1' }");
  expect(String(client)).toBe("[object Object]");
  expect({ ...(client as object) }).toEqual({});
  expect(Object.keys(client as object)).toEqual([]);
  for (const name of reservedApiNames) if (name !== "endpoints") expect(typeof Reflect.get(client as object, name)).not.toBe("BentoCall");
  expect((client as Record<string, unknown>)["classify"]).toBe((client as Record<string, unknown>)["classify"]);
  expect(() => ((client as Record<string, unknown>)["classify"] = 1)).toThrow(TypeError);
});

test("headers and token go along, those of the call win", async () => {
  await using server = await listen(answer);
  const client = createClient<Digits>(server.url, { token: "s3cret", headers: { "x-a": "client", "x-b": "client" } });
  await client.echo("a", { headers: new Headers({ "x-b": "call" }) });
  for (const { headers } of server.seen) expect(headers).toMatchObject({ authorization: "Bearer s3cret", "x-a": "client" });
  expect(server.seen.map(({ headers }) => headers["x-b"])).toEqual(["client", "call"]);
});

test("a service with a prefix is reached by its bare URL and by the prefixed one", async () => {
  const schema = {
    name: "p",
    routes: [{ name: "echo", route: "/v1/echo", input: { type: "string", root_input: true }, output: { type: "string" } }],
  };
  await using server = await listen(({ path, body }, response) => {
    if (path === "/schema.json") return json(response, schema);
    return path === "/v1/echo" ? response.end(body) : json(response, [{ error: "no" }], 404);
  });
  expect(await createClient<Digits>(server.url).echo("a")).toBe("a");
  expect(await createClient<Digits>(`${server.url}/v1/`).echo("b")).toBe("b");
  await expect(createClient<Digits>(`${server.url}/v2`).echo("c")).rejects.toMatchObject({ code: "BENTO_NOT_FOUND" });
});

test("fetch can be replaced, by one that answers synchronously too", async () => {
  const asked: string[] = [];
  const client = createClient<Digits>("http://service.invalid", {
    schema: digitsSchema,
    fetch: (url, init) => {
      asked.push(`${init.method} ${url}`);
      return new Response("hi");
    },
  });
  expect(await client.echo("a")).toBe("hi");
  expect(asked).toEqual(["POST http://service.invalid/echo"]);
});

test("no input is no arguments, no body for a root, and refused where only text can be sent", async () => {
  const schema = { name: "n", routes: [] as { name: string; route: string; input: object; output: object }[] };
  for (const [name, input] of Object.entries({
    object: { type: "object" },
    number: { type: "number", default: 1, root_input: true },
    text: { type: "string", default: "x", root_input: true },
  }))
    schema.routes.push({ name, route: `/${name}`, input, output: {} });
  await using server = await listen(({ body }, response) => json(response, body));
  const client = createClient<Record<"object" | "number" | "text", (input?: never) => unknown>>(server.url, {
    schema: schema as ServiceDocument,
  });
  expect(await client.object()).toBe("{}");
  expect(await client.number()).toBe("");
  await expect(client.text()).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST", message: expect.stringContaining('"text"') as string });
  expect(server.seen).toHaveLength(2);
});

test("an input that JSON cannot hold is refused before anything is sent", async () => {
  const client = createClient<{ classify(input: object): Promise<number[]> }>("http://localhost:1", { schema: digitsSchema });
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const error: unknown = await client.classify(circular).catch((caught: unknown) => caught);
  expect(BentoError.is(error, "BENTO_BAD_REQUEST")).toBe(true);
});
