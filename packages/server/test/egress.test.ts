import { readFileSync } from "node:fs";
import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, createServer as createTcp, type Server as TcpServer, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";

import { BentoError } from "@bento/core";
import { connectPinned, parseAddress } from "@bento/store/network";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { type EgressOptions, type EgressRules, fetchEgress } from "../src/egress/fetch-egress.js";
import { Trust } from "../src/egress/trust.js";

const pem = (name: string): string => readFileSync(new URL(`fixtures/egress-${name}.pem`, import.meta.url), "utf8");
const [key, cert] = [pem("key"), pem("cert")];

/** A server on loopback, with what it was asked and how many connections it saw. */
interface Watched {
  readonly port: number;
  readonly seen: readonly Pick<IncomingMessage, "url" | "headers" | "method">[];
  readonly sockets: readonly Socket[];
}

async function watch(server: Server | TcpServer): Promise<Watched> {
  const seen: IncomingMessage[] = [];
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => sockets.push(socket.on("error", () => undefined)));
  server.on("request", (request: IncomingMessage) => seen.push(request));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, seen, sockets };
}

const http = (listener: RequestListener): Promise<Watched> => watch(createHttp(listener));
const https = (listener: RequestListener): Promise<Watched> => watch(createHttps({ key, cert }, listener));
/** A server that says exactly this once it was asked. */
const raw = (...pieces: readonly (string | Uint8Array)[]): Promise<Watched> =>
  watch(createTcp((socket) => void socket.once("data", () => pieces.forEach((piece) => void socket.write(piece)))));

/** Names of tests: `files.internal` is this machine. */
const resolve = async (name: string): Promise<readonly string[]> => {
  if (name === "files.internal") return ["127.0.0.1"];
  throw new Error(`getaddrinfo ENOTFOUND ${name}`);
};

interface Given extends Partial<EgressOptions> {
  readonly allow?: readonly string[];
  readonly rules?: Partial<EgressRules>;
  readonly maxBytes?: number;
}

const open = (url: string, { allow = ["127.0.0.1"], rules, maxBytes = 1 << 20, ...options }: Given = {}) =>
  fetchEgress(
    url,
    { trust: new Trust(allow), resolve, ca: cert, ...rules },
    { budget: { left: maxBytes }, timeoutMs: 20_000, field: ["image"], signal: undefined, ...options },
  );

async function load(url: string, given?: Given): Promise<Buffer> {
  using file = await open(url, given);
  return await buffer(file.bytes);
}

/** Why a URL was not fetched. */
async function reason(url: string, given?: Given): Promise<string | undefined> {
  const error: unknown = await load(url, given).then(
    () => new Error("It was fetched."),
    (failure: unknown) => failure,
  );
  if (!BentoError.is(error, "BENTO_INPUT_INVALID")) throw error;
  expect(error.issues).toMatchObject([{ path: ["image"] }]);
  return error.issues[0]?.code;
}

test("a file has the name that the caller wrote, the type that was said, and its bytes", async () => {
  const { port, seen } = await http((_request, response) => response.setHeader("content-type", "image/png").end("pixels"));
  using file = await open(`http://127.0.0.1:${port}/a/cat%20one.png?size=1#top`);
  expect(file).toMatchObject({ name: "cat one.png", type: "image/png" });
  expect(String(await buffer(file.bytes))).toBe("pixels");
  expect(seen).toMatchObject([{ method: "GET", url: "/a/cat%20one.png?size=1" }]);
  const [{ headers } = { headers: {} }] = seen;
  expect(headers).toMatchObject({ host: `127.0.0.1:${port}`, "accept-encoding": "identity" });
  expect(Object.keys(headers)).not.toContain("cookie");
  expect(Object.keys(headers)).not.toContain("authorization");
});

test("https is spoken with those whose certificate fits", async () => {
  const { port } = await https((_request, response) => response.end("secret"));
  expect(String(await load(`https://127.0.0.1:${port}/`))).toBe("secret");
  expect(String(await load(`https://files.internal:${port}/`))).toBe("secret");
  const another = { resolve: async () => ["127.0.0.1"] };
  expect(await reason(`https://another.internal:${port}/`, { rules: another })).toBe("url_failed");
  await expect(fetchEgress(`https://127.0.0.1:${port}/`, { trust: new Trust(["127.0.0.1"]) }, optionsOf())).rejects.toMatchObject({
    issues: [{ code: "url_failed" }],
  });
});

test("no proxy is asked, whatever the environment says", async () => {
  const proxy = await http((_request, response) => response.end("proxied"));
  const { port } = await http((_request, response) => response.end("direct"));
  for (const name of ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]) vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`);
  vi.stubEnv("NODE_USE_ENV_PROXY", "1");
  expect(String(await load(`http://127.0.0.1:${port}/`))).toBe("direct");
  expect(proxy.sockets).toHaveLength(0);
});

describe("an address inside", () => {
  const inside = fc.oneof(
    fc.constantFrom("127.0.0.1", "0.0.0.0", "169.254.169.254", "100.100.100.200", "192.168.1.1", "172.31.255.255", "255.255.255.255"),
    fc.tuple(fc.constantFrom(0, 10, 127, 224, 240, 255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join(".")),
  );
  const partsOf = (address: string): number[] => address.split(".").map(Number);
  const number = (address: string): number => Buffer.from(partsOf(address)).readUInt32BE();
  const hex = (value: number, digits = 0): string => value.toString(16).padStart(digits, "0");
  const octal = (value: number): string => `0${value.toString(8)}`;
  const groups = (address: string): string => {
    const [a = 0, b = 0, c = 0, d = 0] = partsOf(address);
    return `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
  };

  const forms: Readonly<Record<string, (address: string) => string>> = {
    dotted: (address) => address,
    "with a dot at its end": (address) => `${address}.`,
    decimal: (address) => String(number(address)),
    hexadecimal: (address) => `0x${hex(number(address))}`,
    "hexadecimal by the part": (address) =>
      partsOf(address)
        .map((part) => `0x${hex(part)}`)
        .join("."),
    "octal by the part": (address) => partsOf(address).map(octal).join("."),
    octal: (address) => octal(number(address)),
    "in three parts": (address) =>
      partsOf(address)
        .slice(0, 2)
        .concat((partsOf(address)[2] ?? 0) * 256 + (partsOf(address)[3] ?? 0))
        .join("."),
    "in two parts": (address) => `${partsOf(address)[0]}.${number(address) % 2 ** 24}`,
    "percent-encoded": (address) =>
      address
        .split("")
        .map((letter) => `%${hex(letter.charCodeAt(0))}`)
        .join(""),
    "of wide digits": (address) =>
      address
        .split("")
        .map((letter) => (letter === "." ? "。" : String.fromCharCode(letter.charCodeAt(0) + 0xfee0)))
        .join(""),
    "IPv4-mapped": (address) => `[::ffff:${address}]`,
    "IPv4-mapped, in groups": (address) => `[0:0:0:0:0:ffff:${groups(address)}]`,
    "IPv4-compatible": (address) => `[::${address}]`,
    "IPv4-translated": (address) => `[::ffff:0:${address}]`,
    NAT64: (address) => `[64:ff9b::${address}]`,
    "local NAT64": (address) => `[64:ff9b:1::${address}]`,
    "6to4": (address) => `[2002:${groups(address)}::1]`,
    Teredo: (address) => `[2001:0:${groups(address)}::]`,
    ISATAP: (address) => `[2606:4700::5efe:${address}]`,
    "with a zone": (address) => `[::ffff:${address}%25eth0]`,
  };

  test.each(Object.entries(forms))("is refused %s", async (_name, form) => {
    await fc.assert(
      fc.asyncProperty(inside, fc.constantFrom("http", "https"), async (address, scheme) => {
        const url = `${scheme}://${form(address)}/`;
        const asked: string[] = [];
        const rules = { resolve: async (name: string) => (asked.push(name), ["8.8.8.8"]) };
        expect(await reason(url, { allow: [], rules }), url).toMatch(/^url_(refused|invalid)$/);
        expect(asked, url).toEqual([]);
      }),
    );
  });

  test.each(["[::1]", "[::]", "[fe80::1]", "[fe80::1%eth0]", "[fe80::1%25eth0]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]"])(
    "is refused as %s",
    async (host) => {
      expect(await reason(`http://${host}/`, { allow: [] })).toMatch(/^url_(refused|invalid)$/);
    },
  );

  test.each([
    ["127.0.0.1"],
    ["10.0.0.1", "169.254.169.254"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["fe80::1%eth0"],
    ["64:ff9b::7f00:1"],
    [],
    ["nonsense"],
  ])("is refused behind a name: %j", async (...answers) => {
    expect(await reason("http://example.com/", { allow: [], rules: { resolve: async () => answers } })).toBe("url_refused");
  });

  test("is refused by its real names, and nobody hears of it", async () => {
    const { port, sockets } = await http((_request, response) => response.end("secret"));
    const hosts = ["127.0.0.1", "localhost", "localhost.", "LOCALHOST", "[::ffff:127.0.0.1]", "2130706433"];
    for (const host of hosts) expect(await codeWithSystemNames(`http://${host}:${port}/`), host).toBe("url_refused");
    expect(sockets).toHaveLength(0);
  });

  test("is left out where a name has others too", async () => {
    const { port, sockets } = await http((_request, response) => response.end("inside"));
    const trusting = { allow: ["192.0.2.1"], rules: { resolve: async () => ["127.0.0.1", "192.0.2.1"] }, timeoutMs: 200 };
    expect(await reason(`http://example.com:${port}/`, trusting)).toMatch(/^url_(failed|too_slow)$/);
    expect(sockets).toHaveLength(0);
  });

  test("is told by the same words as a name that does not exist, and without its address", async () => {
    const told = async (name: string) => load(`http://${name}/`, { allow: [] }).catch((error: BentoError) => error.toWire());
    const [inner, missing] = [await told("files.internal"), await told("nosuch.internal")];
    expect(JSON.stringify(inner).replaceAll("files", "nosuch")).toBe(JSON.stringify(missing));
    expect(JSON.stringify(inner)).not.toContain("127.0.0.1");
  });
});

describe("an answer of DNS", () => {
  test("that changes after the check changes nothing: the connection goes where the check looked", async () => {
    const { port } = await http((_request, response) => response.end("checked"));
    let questions = 0;
    const rebinding = async () => (questions++ === 0 ? ["127.0.0.1"] : ["169.254.169.254"]);
    expect(String(await load(`http://rebind.example:${port}/`, { rules: { resolve: rebinding } }))).toBe("checked");
    expect(questions).toBe(1);
  });

  test("that leads inside after the check is never followed", async () => {
    const { port, sockets } = await http((_request, response) => response.end("secret"));
    let questions = 0;
    const rebinding = async () => (questions++ === 0 ? ["192.0.2.1"] : ["127.0.0.1"]);
    const given = { allow: ["192.0.2.1"], rules: { resolve: rebinding }, timeoutMs: 200 };
    expect(await reason(`http://rebind.example:${port}/`, given)).toMatch(/^url_(failed|too_slow)$/);
    expect(questions).toBe(1);
    expect(sockets).toHaveLength(0);
  });

  test("is asked for and checked anew for each hop", async () => {
    const { port, seen } = await http((_request, response) => response.writeHead(302, { location: "/again" }).end());
    let questions = 0;
    const rebinding = async () => (questions++ === 0 ? ["127.0.0.1"] : ["::1"]);
    expect(await reason(`http://rebind.example:${port}/`, { rules: { resolve: rebinding } })).toBe("url_refused");
    expect(questions).toBe(2);
    expect(seen).toHaveLength(1);
  });

  test("that never comes ends with the time", async () => {
    const rules = { resolve: () => new Promise<never>(() => undefined) };
    expect(await reason("http://example.com/", { rules, timeoutMs: 30 })).toBe("url_too_slow");
  });

  test("is not believed when the socket is connected elsewhere: nothing is sent", async () => {
    const received: Buffer[] = [];
    const { port, sockets } = await watch(createTcp((socket) => void socket.on("data", (bytes: Buffer) => received.push(bytes))));
    const address = parseAddress("192.0.2.1");
    if (address === undefined) throw new Error("It is an address.");
    const target = { host: "a", port, isSecure: false, addresses: [{ text: "127.0.0.1", address }], ca: undefined };
    await expect(connectPinned(target, new AbortController().signal)).rejects.toThrow("another address");
    await expect.poll(() => sockets.every((socket) => socket.destroyed || socket.readableEnded)).toBe(true);
    expect(received).toEqual([]);
  });
});

describe("a redirect", () => {
  test.each([301, 302, 303, 307, 308])("of status %i is followed", async (status) => {
    const { port, seen } = await http((request, response) => {
      if (request.url === "/end") return response.end("there");
      return response.writeHead(status, { location: "end", "set-cookie": "a=b" }).end();
    });
    expect(String(await load(`http://127.0.0.1:${port}/start`))).toBe("there");
    expect(seen.map(({ url, headers }) => [url, headers.cookie])).toEqual([
      ["/start", undefined],
      ["/end", undefined],
    ]);
  });

  test("is followed three times", async () => {
    const { port, seen } = await http((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) return response.end("there");
      return response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect(String(await load(`http://127.0.0.1:${port}/3`))).toBe("there");
    expect(await reason(`http://127.0.0.1:${port}/4`)).toBe("url_failed");
    expect(seen).toHaveLength(8);
  });

  const places = [
    "http://localhost:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "//2130706433:PORT/",
    "http://169.254.169.254/",
    "http://[::1]:PORT/",
  ];
  test.each(places)("to %s is refused, and nobody hears of it", async (place) => {
    const secret = await http((_request, response) => response.end("secret"));
    const location = place.replace("PORT", String(secret.port));
    const { port } = await http((_request, response) => response.writeHead(302, { location }).end());
    const given = { allow: [`127.0.0.1:${port}`], rules: { resolve: async () => ["127.0.0.1", "::1"] } };
    expect(await reason(`http://127.0.0.1:${port}/`, given)).toBe("url_refused");
    expect(secret.sockets).toHaveLength(0);
  });

  test.each(["file:///etc/passwd", "data:text/plain,x", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/", "http://[", ""])(
    "to %j is no answer",
    async (location) => {
      const { port } = await http((_request, response) => response.writeHead(302, { location }).end());
      const told = await load(`http://127.0.0.1:${port}/`).catch((error: BentoError) => error);
      expect(told).toMatchObject({ code: "BENTO_INPUT_INVALID", issues: [{ code: "url_failed" }] });
      if (location !== "") expect(JSON.stringify(BentoError.from(told).toWire())).not.toContain(location);
    },
  );

  test("from https to http is none either, the other way is", async () => {
    const plain = await http((_request, response) => response.end("read by all"));
    const secure = await https((_request, response) => response.writeHead(302, { location: `http://127.0.0.1:${plain.port}/` }).end());
    expect(await reason(`https://127.0.0.1:${secure.port}/`)).toBe("url_failed");
    expect(plain.sockets).toHaveLength(0);
    const safe = await https((_request, response) => response.end("safe"));
    const upgrading = await http((_request, response) => response.writeHead(302, { location: `https://127.0.0.1:${safe.port}/` }).end());
    expect(String(await load(`http://127.0.0.1:${upgrading.port}/`))).toBe("safe");
  });
});

describe("a body", () => {
  const endless: RequestListener = (_request, response) => {
    const piece = Buffer.alloc(65_536, 1);
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  };

  test("without an end is cut where it is too large", async () => {
    const { port, sockets } = await http(endless);
    expect(await reason(`http://127.0.0.1:${port}/`, { maxBytes: 1_000_000 })).toBe("too_big");
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true);
    expect(sockets[0]?.bytesWritten).toBeLessThan(20_000_000);
  });

  test("that says it is too large is not read", async () => {
    const { port } = await http((_request, response) => response.writeHead(200, { "content-length": 1001 }).flushHeaders());
    await expect(open(`http://127.0.0.1:${port}/`, { maxBytes: 1000 })).rejects.toMatchObject({ issues: [{ code: "too_big" }] });
  });

  test("may be as large as allowed, and several share it", async () => {
    const { port } = await http((_request, response) => response.end("x".repeat(600)));
    const budget = { left: 1200 };
    expect(await load(`http://127.0.0.1:${port}/`, { budget })).toHaveLength(600);
    expect(await load(`http://127.0.0.1:${port}/`, { budget })).toHaveLength(600);
    expect(await reason(`http://127.0.0.1:${port}/`, { budget })).toBe("too_big");
  });

  test("that drips ends with the time", async () => {
    const { port, sockets } = await http((_request, response) => {
      const drip = setInterval(() => response.write("x"), 5);
      response.once("close", () => clearInterval(drip));
    });
    expect(await reason(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).toBe("url_too_slow");
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true);
  });

  test.each(["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"])(
    "that breaks off is no file: %j",
    async (text) => {
      const { port } = await watch(createTcp((socket) => void socket.once("data", () => socket.end(text))));
      expect(await reason(`http://127.0.0.1:${port}/`)).toBe("url_failed");
    },
  );

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["gzip", gzipSync],
    ["X-GZip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["identity", (bytes) => bytes],
  ])("that comes packed by %s is unpacked, as far as is allowed", async (coding, pack) => {
    const bytes = Buffer.from("pixels".repeat(1000));
    const { port } = await http((_request, response) => response.setHeader("content-encoding", coding).end(pack(bytes)));
    expect(await load(`http://127.0.0.1:${port}/`)).toEqual(bytes);
    expect(await reason(`http://127.0.0.1:${port}/`, { maxBytes: bytes.byteLength - 1 })).toBe("too_big");
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["gzip", gzipSync],
    ["br", (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ])("that is a bomb of %s is left as soon as it is too large", async (coding, pack) => {
    const bomb = pack(Buffer.alloc(100_000_000));
    const { port } = await http((_request, response) => response.setHeader("content-encoding", coding).end(bomb));
    const before = process.memoryUsage().arrayBuffers;
    expect(await reason(`http://127.0.0.1:${port}/`, { maxBytes: 1_000_000 })).toBe("too_big");
    // All of it would take 100 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  test.each(["gzip, gzip", "zstd", "compress", "__proto__", "constructor"])("packed by %j is not read", async (coding) => {
    const { port, sockets } = await http((_request, response) => response.setHeader("content-encoding", coding).end("x"));
    expect(await reason(`http://127.0.0.1:${port}/`)).toBe("url_failed");
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true);
  });

  test("that is not what its packing says is no file, and what was packed and breaks off neither", async () => {
    const halved = gzipSync(Buffer.alloc(1000, 1)).subarray(0, 20);
    for (const bytes of [Buffer.from("no gzip"), halved]) {
      const { port } = await http((_request, response) => response.setHeader("content-encoding", "gzip").end(bytes));
      expect(await reason(`http://127.0.0.1:${port}/`)).toBe("url_failed");
    }
  });

  test("that nobody reads is let go of", async () => {
    const { port, sockets } = await http(endless);
    const file = await open(`http://127.0.0.1:${port}/`);
    file[Symbol.dispose]();
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true);
    const other = await open(`http://127.0.0.1:${port}/`);
    for await (const _piece of other.bytes) break;
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true);
    expect(sockets).toHaveLength(2);
  });

  test("that nobody reads in time is let go of, too", async () => {
    const { port, sockets } = await http(endless);
    const file = await open(`http://127.0.0.1:${port}/`, { timeoutMs: 300 });
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true);
    await expect(buffer(file.bytes)).rejects.toMatchObject({ issues: [{ code: "url_too_slow" }] });
  });
});

describe("an answer", () => {
  test.each([201, 204, 206, 304, 400, 401, 404, 500])("of status %i is no file, and nobody is told which", async (status) => {
    const { port } = await http((_request, response) => response.writeHead(status).end("admin console of db-7"));
    const error = await load(`http://127.0.0.1:${port}/`).catch((failure: BentoError) => failure);
    const about = `the URL "http://127.0.0.1:${port}/" could not be fetched`;
    expect(BentoError.from(error).toWire()).toEqual({
      code: "BENTO_INPUT_INVALID",
      status: 400,
      message: `The input is invalid: ${about} (at image).`,
      issues: [{ path: ["image"], message: about, code: "url_failed" }],
    });
  });

  test.each([
    ["one header without end", "HTTP/1.1 200 OK\r\nx: ", "x".repeat(100_000)],
    ["a flood of headers", "HTTP/1.1 200 OK\r\n", "x: y\r\n".repeat(100_000)],
    ["a flood of trailers", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", "x: y\r\n".repeat(100_000)],
    ["a chunk's extension without end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;", "x".repeat(100_000)],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["HTTP/0.9", "<html>"],
    ["a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx"],
    ["length and chunks", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
  ])("of %s is none", async (_name, ...pieces) => {
    const { port, sockets } = await raw(...pieces);
    expect(await reason(`http://127.0.0.1:${port}/`)).toBe("url_failed");
    await expect.poll(() => sockets.every((socket) => socket.destroyed || socket.readableEnded)).toBe(true);
  });

  test("that is announced for ever never comes", async () => {
    const hint = Buffer.from("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(100));
    const server = createTcp((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(hint));
        if (!socket.destroyed) socket.once("drain", more);
      };
      socket.once("data", more);
    });
    const { port } = await watch(server);
    expect(await reason(`http://127.0.0.1:${port}/`, { timeoutMs: 200 })).toBe("url_too_slow");
  });

  test("that never comes ends with the time, or with whoever waits", async () => {
    const { port, sockets } = await http(() => undefined);
    expect(await reason(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).toBe("url_too_slow");
    const controller = new AbortController();
    const left = load(`http://127.0.0.1:${port}/`, { signal: controller.signal });
    await expect.poll(() => sockets.length).toBe(2);
    controller.abort(new BentoError("BENTO_CANCELLED", "Gone."));
    await expect(left).rejects.toMatchObject({ code: "BENTO_CANCELLED", message: "Gone." });
    await expect.poll(() => sockets.every((socket) => socket.destroyed)).toBe(true);
  });

  test("is not waited for by whoever has gone before", async () => {
    const { port, sockets } = await http(() => undefined);
    const signal = AbortSignal.abort(new BentoError("BENTO_CANCELLED", "Gone."));
    await expect(load(`http://127.0.0.1:${port}/`, { signal })).rejects.toMatchObject({ message: "Gone." });
    expect(sockets).toHaveLength(0);
  });

  test("cannot come from where nobody listens", async () => {
    const { port } = await watch(createTcp());
    const free = port === 65_535 ? port - 1 : port + 1;
    expect(await reason(`http://files.internal:${free}/`)).toBe("url_failed");
  });
});

test("an error repeats the caller's own words, but for secrets", async () => {
  const error = await load("http://ann:secret@10.0.0.1/x?token=secret#secret").catch((failure: BentoError) => failure);
  expect(error).toMatchObject({
    message: 'The input is invalid: the URL "http://10.0.0.1/x" is no http or https URL without credentials (at image).',
    issues: [{ path: ["image"], code: "url_invalid" }],
  });
  expect(JSON.stringify(BentoError.from(error).toWire())).not.toContain("secret");
  const long = await load(`ftp://${"x".repeat(1_000_000)}`).catch((failure: BentoError) => failure);
  expect(BentoError.from(long).message.length).toBeLessThan(400);
});

test("whatever is given for a URL is fetched or refused, and never takes long", async () => {
  const pieces = fc.array(
    fc.constantFrom("http:", "//", "/", "\\", "@", ":", "127.0.0.1", "[::1]", "[", "]", "%", "?", "#", "..", "\n", "é", "0x7f", "."),
    {
      maxLength: 12,
    },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        pieces.map((parts) => parts.join("")),
      ),
      async (text) => {
        const rules = { resolve: async () => ["127.0.0.1"] };
        expect(await reason(text, { allow: [], rules })).toMatch(/^url_(refused|invalid)$/);
      },
    ),
  );
});

function optionsOf(): EgressOptions {
  return { budget: { left: 1000 }, timeoutMs: 20_000, field: ["image"], signal: undefined };
}

/** Why a URL was not fetched, by the names that this machine knows and without anything allowed. */
async function codeWithSystemNames(url: string): Promise<string | undefined> {
  const error: unknown = await fetchEgress(url, { trust: new Trust([]) }, optionsOf()).catch((failure: unknown) => failure);
  return BentoError.is(error, "BENTO_INPUT_INVALID") ? error.issues[0]?.code : undefined;
}
