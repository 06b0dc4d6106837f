import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { BentoError, type BentoFile, eventStreamType, itemEvent, keptEventStreamType } from "@bento/core";
import { expect, onTestFinished, test } from "vitest";
import { type ClientOptions, createClient, discover, type ServiceDocument } from "../src/index.js";
import { type Digits, digitsSchema } from "./digits.js";
import { json, listen } from "./listen.js";

// Servers that mean harm, or are broken: no call waits longer than its time, takes more memory than it may, or fails without
// saying why.

const mebibyte = "x".repeat(2 ** 20);

function client(url: string, options: ClientOptions = {}) {
  return createClient<Digits>(url, { schema: digitsSchema, retries: 0, timeoutMs: 30_000, ...options });
}

async function failure(call: PromiseLike<unknown>): Promise<BentoError> {
  const outcome: unknown = await call.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (BentoError.is(outcome)) return outcome;
  throw new Error("expected a BentoError", { cause: outcome });
}

/** A server that writes what it likes on a connection, as often as it is taken. */
async function raw(head: string, more?: string, onClose: () => void = () => undefined): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", onClose);
    socket.once("data", () => {
      socket.write(head);
      if (more === undefined) return;
      const pour = (): void => {
        while (!socket.destroyed && socket.write(more));
      };
      socket.on("drain", pour);
      pour();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const chunked = "transfer-encoding: chunked\r\n\r\n";
const chunk = `100000\r\n${mebibyte}\r\n`;

/** How much more memory a call takes at most than there was. Bytes. */
async function mostMemory(call: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  try {
    await call();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, process.memoryUsage().rss) - before;
}

test.each([
  ["text", "echo", "text/plain", "a"],
  ["JSON", "classify", "application/json", { images: [] }],
])("an answer without end is read as far as a client takes it: %s", async (_name, method, type, input) => {
  let closed = (): void => undefined;
  const gone = new Promise<void>((resolve) => (closed = resolve));
  const url = await raw(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${chunked}`, chunk, closed);
  const calling = client(url, { maxAnswerBytes: 4 * 2 ** 20 });
  const error = await failure(calling[method as "echo"](input as string));
  expect(error).toMatchObject({
    code: "BENTO_REMOTE_FAILED",
    message: `The answer of "${method}" is longer than 4194304 bytes.`,
    hint: expect.stringContaining("maxAnswerBytes") as string,
  });
  await gone;
});

test.each([
  ["application/json", false],
  ["application/octet-stream", true],
])("where a file that is read as it comes may be JSON too, only a file may be longer: %s", async (type, isLeft) => {
  const union = { anyOf: [{ type: "file" }, { type: "object" }] };
  const schema = { name: "a", routes: [{ name: "echo", route: "/echo", input: {}, output: union }] };
  const url = await raw(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${chunked}`, chunk);
  const calling = createClient<{ echo(text: string): BentoFile }>(url, { schema, maxAnswerBytes: 2 ** 20, retries: 0 });
  const call = calling.echo("a", { streamFile: true });
  if (!isLeft) return expect((await failure(call)).message).toBe('The answer of "echo" is longer than 1048576 bytes.');
  let bytes = 0;
  for await (const piece of (await call).stream() as unknown as AsyncIterable<Uint8Array>) if ((bytes += piece.byteLength) > 2 ** 22) break;
  return expect(bytes).toBeGreaterThan(2 ** 22);
});

test("one that says that it is too long is not read at all", async () => {
  const url = await raw("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1099511627776\r\n\r\n", mebibyte);
  const error = await failure(client(url).echo("a"));
  expect(error.message).toBe('The answer of "echo" is longer than 536870912 bytes.');
});

test("what is compressed counts as what it is", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20));
  await using server = await listen((_seen, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
  const error = await failure(client(server.url, { maxAnswerBytes: 2 ** 20 }).echo("a"));
  expect(error.message).toBe('The answer of "echo" is longer than 1048576 bytes.');
});

test.each([400, 503])("an error of gigabytes is its status, in little memory: %i", async (status) => {
  const url = await raw(`HTTP/1.1 ${status} Odd\r\ncontent-type: application/json\r\n${chunked}`, chunk);
  let error: BentoError | undefined;
  const taken = await mostMemory(async () => {
    error = await failure(client(url).echo("a"));
  });
  expect(error).toMatchObject({ status, message: `The server answered with status ${status}.` });
  expect(taken).toBeLessThan(150 * 2 ** 20);
});

test.each([
  ["events without an end of line", eventStreamType, "data: "],
  ["an event of lines without end", eventStreamType, "data:\ndata: a\n"],
  ["events of lines without an end that would be resumed", keptEventStreamType(30), itemEvent(1, 0)],
  ["JSON values without end", "text/event-stream; charset=utf-8", '{"a":"'],
])("%s", async (_name, type, start) => {
  const line = start.includes("\ndata: a") ? "100000\r\n".concat("data:\ndata\n".repeat(95_325), "x", "\r\n") : chunk;
  const first = `${start.length.toString(16)}\r\n${start}\r\n`;
  const url = await raw(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${chunked}${first}`, line);
  const calling = client(url, { maxAnswerBytes: 8 * 2 ** 20 });
  const error = await failure(calling.count({ n: 1 }));
  expect(error.message).toBe('An item of "count" is longer than 8388608 bytes.');
});

test("an event whose name no header can carry is not asked for again", async () => {
  await using server = await listen((_seen, response) => {
    response.writeHead(200, { "content-type": keptEventStreamType(30) }).end(`id: ${"é".repeat(9)}\ndata: 1\n\n`);
  });
  expect((await failure(client(server.url).count({ n: 1 }))).message).toBe('The stream of "count" broke off before its end.');
  expect(server.seen.filter(({ method }) => method === "POST")).toHaveLength(1);
});

test.each([
  ["a head that is too large", `HTTP/1.1 200 OK\r\nx-a: ${mebibyte}\r\n\r\nok`],
  ["too many heads", `HTTP/1.1 200 OK\r\n${"x-a: b\r\n".repeat(100_000)}\r\nok`],
  ["no HTTP", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nokk"],
  ["a negative length", "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok"],
  ["a length and chunks", `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n${chunked}2\r\nok\r\n0\r\n\r\n`],
  ["a chunk that is none", `HTTP/1.1 200 OK\r\n${chunked}zz\r\nok`],
  ["what is not compressed as it says", "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello"],
])("%s", async (_name, bytes) => {
  const url = await raw(bytes);
  expect(await failure(client(url).echo("a"))).toMatchObject({ code: "BENTO_REMOTE_FAILED" });
});

test("what follows an answer on its connection is no answer to the next call", async () => {
  const url = await raw("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nmineHTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged");
  const calling = client(url);
  expect(await calling.echo("a")).toBe("mine");
  expect(await calling.echo("a")).toBe("mine");
});

test("a schema without end", async () => {
  const url = await raw(`HTTP/1.1 200 OK\r\n${chunked}`, chunk);
  const error = await failure(discover(url, { retries: 0 }));
  expect(error.message).toBe(`${url}/schema.json is longer than 16777216 bytes.`);
});

const deep = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

test.each<[string, string]>([
  ["is deeper than anybody's", `{"name":"a","routes":[{"name":"a","route":"/a","input":${deep(100_000)},"output":{}}]}`],
  ["leads to another host", '{"name":"a","routes":[{"name":"a","route":"http://evil.example/","input":{},"output":{}}]}'],
  ["has no paths", '{"name":"a","routes":[{"name":"a","route":"@evil.example/","input":{},"output":{}}]}'],
  ["is a list", "[[[[]]]]"],
])("a schema that %s describes no service", async (_name, text) => {
  await using server = await listen((_seen, response) => response.end(text));
  const error = await failure(discover(server.url, { retries: 0 }));
  expect(error.message).toBe(`${server.url}/schema.json describes no Bento service.`);
});

test.each(["//evil.example/x", "/\\evil.example/x", "/@evil.example/x", "/../..//evil.example", "/:80@evil.example"])(
  "a route never leads to another host: %s",
  async (route) => {
    const schema = { name: "a", routes: [{ name: "echo", route, input: {}, output: {} }] };
    await using server = await listen((_seen, response) => response.end("1"));
    const calling = createClient<Digits>(server.url, { schema, token: "s3cret", retries: 0 });
    expect(await calling.echo("a")).toBe(1);
    expect(server.seen).toHaveLength(1);
  },
);

test("names of what every object has are names like any other", async () => {
  const schema = JSON.parse(`{"name":"__proto__","routes":[
    {"name":"__proto__","route":"/a","member":{"__proto__":1},"doc":{},"input":{"properties":{"__proto__":{"type":"file"}}},
     "output":{"type":"object","properties":{"__proto__":{"type":"string","format":"date-time","x-bento-type":"date"}}}}]}`) as ServiceDocument;
  await using server = await listen(({ path }, response) =>
    path === "/schema.json" ? json(response, schema) : response.end('{"__proto__":"2026-01-01T00:00:00Z","constructor":1}'),
  );
  const found = await discover(server.url, { retries: 0 });
  const answer = (await found.call("__proto__", JSON.parse('{"__proto__":{"polluted":1}}'))) as object;
  expect(Object.getOwnPropertyNames(answer)).toEqual(["__proto__", "constructor"]);
  expect(Object.getPrototypeOf(answer)).toBe(Object.prototype);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test("a schema whose unions lead to each other in more ways than can be counted takes no time", async () => {
  const names = Array.from({ length: 40 }, (_, n) => `d${n}`);
  const refs = (name: string): object[] => Array.from({ length: 4 }, () => ({ $ref: `#/$defs/${name}` }));
  const $defs = Object.fromEntries(names.map((name, n) => [name, { anyOf: [...refs(names[n + 1] ?? "d0"), { type: "tensor" }] }]));
  const any = { $defs, anyOf: refs("d0") };
  const schema = { name: "a", routes: [{ name: "echo", route: "/echo", input: any, output: any }] };
  await using server = await listen((_seen, response) => response.end("[1]"));
  const calling = createClient<{ echo(value: unknown): unknown }>(server.url, { schema, retries: 0 });
  expect(await calling.echo([1])).toBeDefined();
});

test("an answer deeper than the stack", async () => {
  const node = {
    type: "object",
    properties: { a: { $ref: "#/$defs/node" }, at: { type: "string", format: "date-time", "x-bento-type": "date" } },
  };
  const schema = { name: "a", routes: [{ name: "echo", route: "/echo", input: {}, output: { $defs: { node }, $ref: "#/$defs/node" } }] };
  await using server = await listen((_seen, response) => response.end(deep(100_000)));
  const error = await failure(createClient<Digits>(server.url, { schema, retries: 3, idempotent: true }).echo("a"));
  expect(error).toMatchObject({ code: "BENTO_REMOTE_FAILED", message: expect.stringContaining("cannot be read") as string });
  expect(server.seen).toHaveLength(1);
});

test("what is nearly JSON is refused in time", async () => {
  await using server = await listen((_seen, response) => response.end(`NaN"${'\\"'.repeat(2 ** 20)}`));
  expect((await failure(client(server.url).classify({ images: [] }))).message).toContain("what is not JSON");
});

test("a service that is ready says so shortly, or is cut short", async () => {
  const url = await raw(`HTTP/1.1 200 OK\r\n${chunked}`, chunk);
  expect(await client(url).isReady()).toBe(true);
});

test("a redirect whose own body never ends is followed, and one into nothing fails", async () => {
  await using server = await listen((_seen, response) => response.end("there"));
  const url = await raw(`HTTP/1.1 307 Go\r\nlocation: ${server.url}/echo\r\n${chunked}`, chunk);
  expect(await client(url).echo("a")).toBe("there");
  for (const location of ["file:///etc/passwd", "javascript:1", "http://"]) {
    const nowhere = await raw(`HTTP/1.1 307 Go\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
    expect((await failure(client(nowhere).echo("a"))).message).toContain("to what is no URL");
  }
});

test.each([0, -1, Number.NaN, "5" as never])("%j is no number of bytes", (maxAnswerBytes) => {
  expect(() => createClient("http://host", { maxAnswerBytes })).toThrow(expect.objectContaining({ code: "BENTO_CONFIG_INVALID" }) as Error);
});
