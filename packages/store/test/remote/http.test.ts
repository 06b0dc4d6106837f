import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { Remote } from "@bento/store";
import { locationOfUrl, openDriver, type RemoteOptions } from "@bento/store/remotes";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { contentOf, gather, someBytes } from "../../../../test/support/remote-bytes.js";
import { HttpRemote } from "../../src/remote/drivers/http/http-remote.js";
import { WebClient, type WebClientOptions } from "../../src/remote/drivers/http/web-client.js";
import { KnownSecrets } from "../../src/remote/secrets.js";
import { standIn } from "./web-stand-in.js";

beforeEach(() => vi.stubEnv("NETRC", "/dev/null"));

const opened = async (url: string, options: RemoteOptions = {}): Promise<Remote> => {
  const remote = await openDriver(locationOfUrl(url, options), { signal: new AbortController().signal });
  onTestFinished(() => remote[Symbol.asyncDispose]());
  return remote;
};

/** With what only tests change. */
const remoteAt = (base: string, options: Partial<WebClientOptions>): HttpRemote => {
  const remote = new HttpRemote(new WebClient({ origin: base, ...options }), new URL(base), new KnownSecrets());
  onTestFinished(() => remote[Symbol.asyncDispose]());
  return remote;
};

const login = { user: "somebody", password: "top s3cret/+?" };
const proof = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString("base64")}`;

/** Asks whoever comes for a password. */
const asks = ({ headers }: IncomingMessage, response: ServerResponse): boolean => {
  if (headers.authorization === proof) return false;
  response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
  return true;
};

test("a password goes to the server of the URL, and to no other host or port that it redirects to", async () => {
  const other = await standIn((request, response) => void (asks(request, response) || response.end("never")));
  const own = await standIn((request, response) => {
    if (asks(request, response)) return;
    const hosts = { "/same": "", "/port": `http://127.0.0.1:${other.port}`, "/host": `http://localhost:${own.port}` };
    const host = hosts[request.url as keyof typeof hosts];
    if (host === undefined) response.end("hello");
    else response.writeHead(307, { location: `${host}/there` }).end();
  });
  const remote = await opened(`http://127.0.0.1:${own.port}/`, login);
  expect(String(await gather(remote.read("same")))).toBe("hello");
  for (const path of ["port", "host"]) {
    await expect(gather(remote.read(path))).rejects.toMatchObject({ code: "BENTO_UNAUTHORIZED" });
  }
  expect(other.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  expect(own.seen.findLast(({ url }) => url === "/there")?.authorization).toBeUndefined();
  expect(own.seen.filter(({ authorization }) => authorization === proof).length).toBeGreaterThan(3);
});

test("redirects without end are left", async () => {
  const server = await standIn((_request, response) => void response.writeHead(302, { location: "/again" }).end());
  await expect((await opened(`http://127.0.0.1:${server.port}/`)).stat("x")).rejects.toThrow("redirects without end");
  expect(server.seen).toHaveLength(6);
});

test("a netrc file has the password, but not for the URLs of strangers, nor for other hosts", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bento-netrc-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "netrc"), `machine 127.0.0.1 login ${login.user} password "${login.password}"\n`);
  vi.stubEnv("NETRC", join(folder, "netrc"));
  const server = await standIn((request, response) => void (asks(request, response) || response.end("hello")));
  expect(await (await opened(`http://127.0.0.1:${server.port}/`)).stat("x")).toMatchObject({ kind: "file", size: undefined });
  await expect((await opened(`http://localhost:${server.port}/`)).stat("x")).rejects.toMatchObject({ code: "BENTO_UNAUTHORIZED" });
  const count = server.seen.length;
  const strange = await opened(`http://127.0.0.1:${server.port}/`, { isUntrusted: true });
  await expect(strange.stat("x")).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
  expect(server.seen).toHaveLength(count);
});

test.each(["localhost", "127.0.0.1", "[::1]", "0x7f.1", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "no-such-host.invalid"])(
  "what a stranger names is not asked for inside: %s",
  async (host) => {
    for (const port of ["", ":8080"]) {
      const remote = await opened(`http://${host}${port}/`, { isUntrusted: true });
      const refused = { code: "BENTO_BAD_REQUEST", message: expect.stringContaining("does not lead to a public address") as string };
      await expect(gather(remote.read("x"))).rejects.toMatchObject(refused);
    }
  },
);

test("a stranger's URL leads to the address that was checked, at each hop anew, whatever the name says later", async () => {
  const inside = await standIn((_request, response) => void response.end("inside"));
  const outside = await standIn((request, response) => {
    if (request.url === "/hello") response.end("hello");
    else response.writeHead(302, { location: request.url === "/back" ? "/hello" : `http://rebound.test:${inside.port}/` }).end();
  });
  const asked: string[] = [];
  const strangers = {
    // No name here is known to the system: only what was checked can be connected to.
    resolve: async (name: string) => {
      asked.push(name);
      return [name === "rebound.test" ? "127.0.0.2" : "127.0.0.1"];
    },
    permits: ({ address }: { readonly address: { readonly value: bigint } }) => address.value === 0x7f00_0001n,
  };
  const remote = remoteAt(`http://public.test:${outside.port}`, { strangers });
  expect(String(await gather(remote.read("hello")))).toBe("hello");
  expect(String(await gather(remote.read("back")))).toBe("hello");
  await expect(gather(remote.read("elsewhere"))).rejects.toMatchObject({ code: "BENTO_BAD_REQUEST" });
  expect(asked).toEqual([...Array.from({ length: 4 }, () => "public.test"), "rebound.test"]);
  expect(inside.seen).toEqual([]);
});

test("a server without ranges is read from its beginning, and is not asked for ranges again", async () => {
  const bytes = someBytes(200_000);
  const server = await standIn(
    (_request, response) => void response.writeHead(200, { etag: '"a"', "content-length": bytes.length }).end(bytes),
  );
  const remote = await opened(`http://127.0.0.1:${server.port}/`);
  expect(remote.traits.ranges).toBe(true);
  const read = await gather(remote.read("x", { start: 150_000, end: 150_010 }));
  expect(read.equals(bytes.subarray(150_000, 150_010))).toBe(true);
  expect(remote.traits.ranges).toBe(false);
});

test.each<[string, number, Record<string, string>, string, boolean]>([
  ["another range", 206, { "content-range": "bytes 6-9/10" }, "another range", false],
  ["no range at all", 206, {}, "another range", false],
  ["packed bytes", 200, { "content-encoding": "gzip" }, 'content-encoding "gzip"', false],
  ["other content", 206, { "content-range": "bytes 5-9/10", etag: '"b"' }, "has changed", false],
  ["other content, whole", 200, { etag: '"b"' }, "has changed", false],
  ["a shorter file", 206, { "content-range": "bytes 5-8/9", etag: '"a"' }, "has changed", false],
  ["a part of the range", 206, { "content-range": "bytes 5-6/10", "content-length": "2", etag: '"a"' }, "after 7 of 10 bytes", true],
])("%s is not taken for the range that was asked for", async (_what, status, headers, message, isTransient) => {
  const server = await standIn(({ method }, response) => {
    if (method === "HEAD") response.writeHead(200, { etag: '"a"', "content-length": 10 }).end();
    else response.writeHead(status, headers).end("56789".slice(0, Number(headers["content-length"] ?? 5)));
  });
  const remote = await opened(`http://127.0.0.1:${server.port}/`);
  const version = (await remote.stat("x"))?.version;
  const read = gather(remote.read("x", { start: 5, end: 10, version }));
  await expect(read).rejects.toMatchObject({
    code: "BENTO_TRANSFER_FAILED",
    message: expect.stringContaining(message) as string,
    cause: { isTransient },
  });
});

test.each([{ "content-length": "1000" }, { "transfer-encoding": "chunked" }])(
  "a body that breaks off may be read again: %j",
  async (headers) => {
    const server = await standIn((_request, response) => {
      response.writeHead(200, headers);
      response.write("half", () => response.socket?.destroy());
    });
    const failure = { code: "BENTO_TRANSFER_FAILED", cause: { isTransient: true } };
    await expect(gather((await opened(`http://127.0.0.1:${server.port}/`)).read("x"))).rejects.toMatchObject(failure);
  },
);

test.each<[number, string, boolean]>([
  [400, "BENTO_TRANSFER_FAILED", false],
  [401, "BENTO_UNAUTHORIZED", false],
  [403, "BENTO_FORBIDDEN", false],
  [404, "BENTO_NOT_FOUND", false],
  [408, "BENTO_TRANSFER_FAILED", true],
  [410, "BENTO_NOT_FOUND", false],
  [425, "BENTO_TRANSFER_FAILED", true],
  [429, "BENTO_TRANSFER_FAILED", true],
  [500, "BENTO_TRANSFER_FAILED", true],
  [501, "BENTO_TRANSFER_FAILED", false],
  [503, "BENTO_TRANSFER_FAILED", true],
  [505, "BENTO_TRANSFER_FAILED", false],
  [507, "BENTO_TRANSFER_FAILED", false],
])("status %i is %s, and may pass: %s", async (status, code, isTransient) => {
  const server = await standIn((_request, response) => void response.writeHead(status, { "retry-after": "3" }).end());
  const remote = await opened(`http://127.0.0.1:${server.port}/`);
  await expect(gather(remote.read("x"))).rejects.toMatchObject({ code, retryAfterMs: 3000, cause: { isTransient } });
});

test.each([
  ["text/plain; charset=utf-8", "the disk\n\u001b[31mis full", "the disk [31mis full"],
  ["application/json", '{"error": {"message": "the disk is full"}}', "the disk is full"],
  ["application/problem+json", '{"detail": "the disk is full"}', "the disk is full"],
  ["application/xml", "<Error><Code>X</Code><Message>the disk is full</Message></Error>", "the disk is full"],
  ["text/html", "<html>the disk is full", undefined],
  ["application/json", '{"error": ', undefined],
])("what a server says in %s is told: %j", async (type, body, told) => {
  const server = await standIn((_request, response) => void response.writeHead(400, { "content-type": type }).end(body));
  const remote = await opened(`http://127.0.0.1:${server.port}/`);
  const message = `the server answered with status 400${told === undefined ? "" : `: ${told}`}.`;
  await expect(gather(remote.read("x"))).rejects.toThrow(message);
});

test("a server that is silent is given up, and a reader who is slow is waited for", async () => {
  const server = await standIn((request, response) => {
    if (request.url === "/silent") return;
    response.writeHead(200, { "content-length": 4_000_000 });
    response.write(Buffer.alloc(2_000_000));
    if (request.url === "/whole") response.end(Buffer.alloc(2_000_000));
  });
  const remote = remoteAt(`http://127.0.0.1:${server.port}`, { idleMs: 60 });
  const silent = { message: expect.stringContaining("nothing came for 0.06 seconds") as string, cause: { isTransient: true } };
  await expect(remote.stat("silent")).rejects.toMatchObject(silent);
  await expect(gather(remote.read("half"))).rejects.toMatchObject(silent);
  const chunks = remote.read("whole")[Symbol.asyncIterator]();
  let bytes = (await chunks.next()).value?.length as number;
  const began = performance.now();
  // As long as that takes, no byte is read.
  await expect(remote.stat("silent")).rejects.toMatchObject(silent);
  await expect(remote.stat("silent")).rejects.toMatchObject(silent);
  expect(performance.now() - began).toBeGreaterThan(100);
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) bytes += next.value.length;
  expect(bytes).toBe(4_000_000);
});

test("a signed URL is asked for as it is, by another method where it is signed for one only, and is not shown", async () => {
  const query = "X-Amz-Signature=0123456789abcdef+/%2B&empty=&b=%20c&a=1";
  const server = await standIn(({ method, headers }, response) => {
    if (method === "HEAD") response.writeHead(403).end();
    else if (headers.range === "bytes=0-0") response.writeHead(206, { "content-range": "bytes 0-0/10", etag: '"a"' }).end("0");
    else
      response.writeHead(400, { "content-type": "text/plain" }).end("X-Amz-Signature=0123456789abcdef+/%2B is old (0123456789abcdef /+)");
  });
  const remote = await opened(`http://127.0.0.1:${server.port}/?${query}`);
  expect(await remote.stat("a b/x")).toMatchObject({ kind: "file", size: 10 });
  const error: unknown = await gather(remote.read("a b/x")).catch((thrown: unknown) => thrown);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("0123456789abcdef");
  expect(new Set(server.seen.map(({ url }) => url))).toEqual(new Set([`/a%20b/x?${query}`]));
  const more = await opened(`http://127.0.0.1:${server.port}/?a=1`, { params: { b: "c d" } });
  await more.stat("x");
  expect(server.seen.at(-1)?.url).toBe("/x?a=1&b=c+d");
});

test("a connection that the server gave up meanwhile is replaced, unless that could do something twice", async () => {
  const used = new WeakSet<object>();
  const server = await standIn(({ socket }, response) => {
    if (used.has(socket)) socket.destroy();
    else response.end("hello");
    used.add(socket);
  });
  const remote = await opened(`http://127.0.0.1:${server.port}/`);
  for (let time = 0; time < 3; time += 1) expect(String(await gather(remote.read("x")))).toBe("hello");
  await expect(remote.delete("x")).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED", cause: { isTransient: true } });
});

test("what is refused while it is sent is not sent any further", async () => {
  const server = await standIn((_request, response) => void response.writeHead(413, { connection: "close" }).end());
  const remote = await opened(`http://127.0.0.1:${server.port}/`);
  let pieces = 0;
  const endless = {
    size: undefined,
    async *stream() {
      for (; pieces < 10_000; pieces += 1) yield new Uint8Array(65_536);
    },
  };
  await expect(remote.write("x", endless)).rejects.toThrow("it is too large for the server");
  expect(pieces).toBeLessThan(10_000);
});

test("a server that must know the size is told of in words", async () => {
  const server = await standIn((_request, response) => void response.writeHead(411, { connection: "close" }).end());
  const remote = await opened(`http://127.0.0.1:${server.port}/`);
  const refused = { message: expect.stringContaining("wants to know the size") as string, cause: { isTransient: false } };
  await expect(remote.write("x", contentOf(someBytes(100), { isSizeKnown: false }))).rejects.toMatchObject(refused);
});

test.each([3, 20])("content of another size than was said (%i bytes for 10) is not sent as if it were whole", async (size) => {
  const ends: Promise<boolean>[] = [];
  const server = await standIn((request, response) => {
    ends.push(new Promise((resolve) => request.once("close", () => resolve(request.complete))));
    request.resume().once("end", () => response.writeHead(201).end());
  });
  const remote = await opened(`http://127.0.0.1:${server.port}/`);
  const bytes = someBytes(size);
  await expect(remote.write("x", { ...contentOf(bytes), size: 10 })).rejects.toThrow("was said to have 10");
  for (const end of ends) expect(await end).toBe(false);
});

test("nothing that is secret is shown, whatever the server repeats", async () => {
  const server = await standIn(({ headers }, response) => {
    response.writeHead(headers.authorization === undefined ? 401 : 400, { "www-authenticate": "Basic", "content-type": "text/plain" });
    response.end(`no ${headers.authorization} ${login.password} ${encodeURIComponent(login.password)}`);
  });
  const remote = await opened(`http://${login.user}:${encodeURIComponent(login.password)}@127.0.0.1:${server.port}/`);
  for (const failing of [gather(remote.read("x")), remote.write("x", contentOf(someBytes(10)))]) {
    const shown = inspect(await failing.catch((thrown: unknown) => thrown), { depth: 10, showHidden: true });
    expect(shown).toContain("status 400");
    for (const secret of [login.password, encodeURIComponent(login.password), proof.slice(6)]) expect(shown).not.toContain(secret);
  }
});
