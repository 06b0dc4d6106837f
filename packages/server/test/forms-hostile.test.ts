import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";

import type { BentoFile } from "@bento/core";
import { api, service } from "@bento/sdk";
import { file } from "@bento/sdk/kinds";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";

import { createApp, serve, type ServeOptions } from "../src/index.js";
import { gate } from "./gate.js";

/** Much else may go on on this machine. */
const soon = { timeout: 20_000 };

let entered = gate<string>();
let release = gate();
let readAfter = gate<number>();

@service({ name: "uploads", traffic: { timeout: 1 } })
class Uploads {
  @api({ input: z.object({ one: file() }), output: z.number() })
  async size({ one }: { one: BentoFile }) {
    let size = 0;
    for await (const piece of one.stream()) size += piece.byteLength;
    return size;
  }

  @api({ input: z.object({ one: file() }), output: z.string() })
  async hold({ one }: { one: BentoFile }) {
    entered.open(String(one.path));
    await release.promise;
    readAfter.open((await one.bytes()).byteLength);
    return "held";
  }

  @api({ input: z.object({ one: file() }), output: z.string() })
  async *pieces({ one }: { one: BentoFile }) {
    const hash = createHash("sha256");
    yield String(one.size);
    await release.promise;
    for await (const piece of one.stream()) hash.update(piece);
    yield hash.digest("hex");
  }
}

@service({ name: "patient" })
class Patient extends Uploads {}

@service({ name: "narrow", traffic: { maxConcurrency: 1 } })
class Narrow extends Uploads {}

function renew(): void {
  entered = gate();
  release = gate();
  readAfter = gate();
}

const open = (what: typeof Uploads, options: ServeOptions = {}) =>
  serve(what, { port: 0, accessLog: false, banner: false, handleSignals: false, ...options });

/** The folders of requests that have files on disk. */
function spooled(): string[] {
  const own = readdirSync(tmpdir()).filter((name) => name.startsWith("bento-uploads-") && name.includes(`-${process.pid}-`));
  return own.flatMap((name) => readdirSync(join(tmpdir(), name)));
}

const partHead = '--b\r\ncontent-disposition: form-data; name="one"; filename="x.bin"\r\n\r\n';
const formEnd = "\r\n--b--\r\n";

function upload(content: Uint8Array, signal?: AbortSignal): RequestInit {
  const body = Buffer.concat([Buffer.from(partHead), content, Buffer.from(formEnd)]);
  return { method: "POST", headers: { "content-type": "multipart/form-data; boundary=b" }, body, ...(signal && { signal }) };
}

/** The head of a request whose body is sent by hand. */
function requestHead(path: string, length: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=b\r\n${length}\r\n\r\n`;
}

async function answerOf(socket: Socket): Promise<string> {
  let received = "";
  try {
    for await (const piece of socket.setEncoding("latin1")) received += String(piece);
  } catch {
    // It was closed while something was still being sent.
  }
  return received;
}

test("a caller that leaves in the middle leaves nothing behind", async () => {
  await using server = await open(Patient);
  const socket = connect(server.port, "127.0.0.1");
  socket.write(requestHead("/size", "content-length: 100000000") + partHead);
  socket.write(new Uint8Array(3 << 20));
  await expect.poll(spooled, soon).toHaveLength(1);
  socket.destroy();
  await expect.poll(spooled, soon).toEqual([]);
  expect(await (await fetch(`${server.url}/size`, upload(new Uint8Array(2 << 20)))).text()).toBe(String(2 << 20));
});

test("a length that is too large is waited for as long as any body, and 408 then", async () => {
  await using server = await open(Uploads);
  const socket = connect(server.port, "127.0.0.1");
  socket.write(requestHead("/size", "content-length: 100000000") + partHead + "x".repeat(2 << 20) + formEnd);
  expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 408 [^]*The request body did not arrive within 1 seconds/);
  await expect.poll(spooled, soon).toEqual([]);
});

test("a length that is too small cuts the form off, and what follows is no request", async () => {
  await using server = await open(Uploads);
  const socket = connect(server.port, "127.0.0.1");
  socket.write(`${requestHead("/size", `content-length: ${partHead.length + 3}`)}${partHead}abcdef${formEnd}`);
  expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 400 /);
});

test("what is wrong with a form is told while it is still being sent, and the connection ends", async () => {
  await using server = await open(Patient);
  const socket = connect(server.port, "127.0.0.1");
  socket.write(`${requestHead("/size", "content-length: 100000000")}--b\r\nnonsense\r\n\r\n`);
  const answer = answerOf(socket);
  const sending = setInterval(() => socket.write(new Uint8Array(1000)), 10);
  expect(await answer).toMatch(/^HTTP\/1\.1 400 [^]*connection: close[^]*nonsense/i);
  clearInterval(sending);
});

test("a caller that waits for no answer but sends the next request gets both", async () => {
  await using server = await open(Patient);
  const socket = connect(server.port, "127.0.0.1");
  const body = `${partHead}abc${formEnd}`;
  const request = `${requestHead("/size", `content-length: ${body.length}`)}${body}`;
  socket.write(request + request.replace("host: localhost", "host: localhost\r\nconnection: close"));
  expect((await answerOf(socket)).match(/\r\n\r\n3/g)).toHaveLength(2);
});

test("a large upload goes to disk and not through memory", { timeout: 120_000 }, async () => {
  await using server = await open(Patient, { maxBodyBytes: 1 << 30, timeout: 100 });
  const piece = randomBytes(1 << 20);
  const megabytes = 64;
  async function* body() {
    yield Buffer.from(partHead);
    for (let sent = 0; sent < megabytes; sent += 1) yield piece;
    yield Buffer.from(formEnd);
  }
  const before = process.memoryUsage();
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 20);
  const stream = Readable.toWeb(Readable.from(body())) as ReadableStream<Uint8Array>;
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  const response = await fetch(`${server.url}/size`, { method: "POST", headers, body: stream, duplex: "half" } as RequestInit);
  clearInterval(watching);
  expect([response.status, await response.text()]).toEqual([200, String(megabytes << 20)]);
  expect(most - before.arrayBuffers).toBeLessThan(32 << 20);
  await expect.poll(spooled, soon).toEqual([]);
});

test("past its deadline a method keeps its files until it is done", async () => {
  renew();
  await using server = await open(Uploads);
  const late = await fetch(`${server.url}/hold`, upload(new Uint8Array(2 << 20)));
  expect(late.status).toBe(504);
  const path = await entered.promise;
  expect(existsSync(path)).toBe(true);
  release.open();
  expect(await readAfter.promise).toBe(2 << 20);
  await expect.poll(() => existsSync(path), soon).toBe(false);
});

test("what a stream reads is there until the last item", async () => {
  renew();
  await using server = await open(Patient);
  const content = randomBytes(2 << 20);
  const response = await fetch(`${server.url}/pieces`, upload(content));
  expect(spooled()).toHaveLength(1);
  release.open();
  expect(await response.text()).toBe(`${content.byteLength}${createHash("sha256").update(content).digest("hex")}`);
  await expect.poll(spooled, soon).toEqual([]);
});

test("a reader that leaves a stream, and a caller that is turned away, leave nothing behind", async () => {
  renew();
  await using server = await open(Narrow);
  const leaving = new AbortController();
  const streaming = await fetch(`${server.url}/pieces`, upload(new Uint8Array(2 << 20), leaving.signal));
  const refused = await fetch(`${server.url}/size`, upload(new Uint8Array(2 << 20)));
  expect(refused.status).toBe(429);
  await expect.poll(spooled, soon).toHaveLength(1);
  leaving.abort();
  await expect(streaming.text()).rejects.toThrow(/abort/i);
  release.open();
  await expect.poll(spooled, soon).toEqual([]);
});

test("many at once, each its own", async () => {
  await using server = await open(Patient);
  const sizes = Array.from({ length: 12 }, (_, index) => (1 << 20) + index * 100_000);
  const answers = sizes.map(async (size) => Number(await (await fetch(`${server.url}/size`, upload(new Uint8Array(size)))).text()));
  expect(await Promise.all(answers)).toEqual(sizes);
  await expect.poll(spooled, soon).toEqual([]);
});

test("two hundred thousand tiny pieces of a form", { timeout: 120_000 }, async () => {
  await using server = await open(Patient, { timeout: 100 });
  const socket = connect(server.port, "127.0.0.1");
  socket.write(requestHead("/size", "transfer-encoding: chunked"));
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  const tiny = chunk("x").repeat(10_000);
  socket.write(chunk(partHead));
  for (let sent = 0; sent < 20; sent += 1) {
    if (!socket.write(tiny)) await new Promise((resolve) => socket.once("drain", resolve));
  }
  socket.write(`${chunk(formEnd)}0\r\n\r\n`);
  let received = "";
  for await (const piece of socket.setEncoding("latin1")) {
    received += String(piece);
    if (received.endsWith("\r\n\r\n200000")) break;
  }
  expect(received).toMatch(/^HTTP\/1\.1 200 /);
});

test("whatever comes as a form is taken or told, and leaves nothing behind", { timeout: 120_000 }, async () => {
  await using app = await createApp(Patient);
  const valid = Buffer.concat([Buffer.from(partHead), Buffer.alloc(1 << 20, "x"), Buffer.from("y"), Buffer.from(formEnd)]);
  const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(300), bytes: fc.uint8Array({ maxLength: 40 }) });
  const encodings = fc.constantFrom("identity", "gzip", "br", "deflate");
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 3 }), encodings, fc.boolean(), async (changes, encoding, isPacked) => {
      let bytes: Buffer = valid;
      for (const { at, cut, bytes: more } of changes) {
        // Most of what matters is at both ends.
        const place = Math.floor((at < 0.5 ? at ** 6 : 1 - (1 - at) ** 6) * bytes.length);
        bytes = Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place + cut)]);
      }
      const body = new Uint8Array(isPacked ? gzipSync(bytes, { level: 1 }) : bytes);
      const headers = { "content-type": "multipart/form-data; boundary=b", "content-encoding": encoding };
      const response = await app.request("/size", { method: "POST", headers, body });
      expect([200, 400, 413]).toContain(response.status);
      await response.text();
    }),
    { numRuns: 150 },
  );
  await expect.poll(spooled, soon).toEqual([]);
});
