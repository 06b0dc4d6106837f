import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";

import type { BentoFile } from "@bento/core";
import { api, defineService } from "@bento/sdk";
import { file } from "@bento/sdk/kinds";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { type BentoServer, serve, type ServeOptions } from "../src/index.js";
import { LineLogger } from "./doors.js";
import { gate } from "./gate.js";
import { bytesOnDisk, nothingOnDisk } from "./spooled.js";

let held = { entered: gate(), release: gate() };

/** Has calls of `hold` wait until the test releases them. */
function hold(): void {
  held = { entered: gate(), release: gate() };
  onTestFinished(() => held.release.open());
}

const One = z.object({ one: file(), count: z.int().default(0) });

const Keeper = defineService({
  name: "keeper",
  traffic: { maxConcurrency: 2 },
  apis: {
    size: api({ input: One, output: z.number() }, ({ one }) => one.size ?? 0),
    whole: api({ input: file(), output: z.number() }, (one: BentoFile) => one.size ?? 0),
    hold: api({ input: file(), output: z.number() }, async (one: BentoFile) => {
      held.entered.open();
      await held.release.promise;
      return (await one.bytes()).byteLength;
    }),
  },
});

const megabyte = 1 << 20;
const room = 4 * megabyte;

async function open(options: ServeOptions = {}): Promise<BentoServer<object>> {
  const server = await serve(Keeper, {
    port: 0,
    logger: new LineLogger(),
    banner: false,
    accessLog: false,
    handleSignals: false,
    maxSpoolBytes: room,
    drainTimeoutMs: 10,
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

const whole = (bytes: number): RequestInit => ({ method: "POST", body: new Uint8Array(bytes) });

/** Whether one request may have all of the room, as only another that left some behind would keep it from. */
async function allOfTheRoom(server: BentoServer<object>): Promise<void> {
  await nothingOnDisk();
  await expect.poll(async () => (await fetch(`${server.url}/whole`, whole(room))).status).toBe(200);
  await nothingOnDisk();
}

const partHead = '--b\r\ncontent-disposition: form-data; name="one"; filename="x.bin"\r\n\r\n';

/** A request whose body is sent by hand. */
function begin(server: BentoServer<object>, headers: readonly string[], path = "/size"): Socket {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    ["POST " + path + " HTTP/1.1", "host: localhost", "content-type: multipart/form-data; boundary=b", ...headers, "", ""].join("\r\n"),
  );
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** The status of the answer to it. */
async function statusOf(socket: Socket): Promise<string> {
  for await (const piece of socket.setEncoding("latin1")) return String(piece).slice(9, 12);
  return "";
}

/** Bytes as a chunk of a body whose length nobody said. */
function chunk(bytes: Uint8Array | string): Uint8Array {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), Buffer.from(bytes), Buffer.from("\r\n")]);
}

test("what all requests have on disk is bounded, and room again when they end", async () => {
  const server = await open();
  hold();
  const first = fetch(`${server.url}/hold`, whole(3 * megabyte));
  await held.entered.promise;
  const refused = await fetch(`${server.url}/whole`, whole(2 * megabyte));
  expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toEqual([
    503,
    "1",
    expect.objectContaining({ code: "BENTO_OVERLOADED", hint: expect.stringContaining("maxSpoolBytes") as string }),
  ]);
  expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/rejected_total\{(?=[^}]*"\/whole")[^}]*reason="disk"[^}]*\} 1$/m);
  // What is small needs none.
  expect((await fetch(`${server.url}/whole`, whole(megabyte))).status).toBe(200);
  held.release.open();
  expect(await (await first).json()).toBe(3 * megabyte);
  await allOfTheRoom(server);
  const never = await fetch(`${server.url}/whole`, whole(room + 1));
  expect([never.status, await never.text()]).toEqual([413, expect.stringContaining(String(room))]);
  await allOfTheRoom(server);
});

test("the default is forty bodies of the largest size, and more", async () => {
  const server = await open({ maxSpoolBytes: undefined });
  expect((await fetch(`${server.url}/whole`, whole(room + 1))).status).toBe(200);
});

test.each([-1, 0.5, Number.NaN, "1GB"])("%j is no number of bytes", async (maxSpoolBytes) => {
  await expect(serve(Keeper, { port: 0, maxSpoolBytes: maxSpoolBytes as number })).rejects.toMatchObject({
    code: "BENTO_CONFIG_INVALID",
    message: expect.stringContaining("maxSpoolBytes") as string,
  });
});

describe("a call that ends while its body goes to disk leaves nothing there, and gives back its room", () => {
  const large = Buffer.alloc(3 * megabyte);

  test("its caller leaves", async () => {
    const server = await open();
    const socket = begin(server, ["content-length: 100000000"]);
    socket.write(partHead);
    socket.write(large);
    await expect.poll(bytesOnDisk).toBeGreaterThan(2 * megabyte);
    socket.destroy();
    await allOfTheRoom(server);
  });

  test("its time is over", async () => {
    const server = await open();
    const socket = begin(server, ["content-length: 100000000", "x-request-timeout: 0.5"]);
    socket.write(partHead);
    socket.write(large);
    expect(await statusOf(socket)).toBe("408");
    await allOfTheRoom(server);
  });

  test("it becomes too large", async () => {
    const server = await open({ maxBodyBytes: room });
    const socket = begin(server, ["transfer-encoding: chunked"]);
    socket.write(chunk(partHead));
    socket.write(chunk(large));
    await expect.poll(bytesOnDisk).toBeGreaterThan(2 * megabyte);
    socket.write(chunk(Buffer.alloc(megabyte)));
    expect(await statusOf(socket)).toBe("413");
    await allOfTheRoom(server);
  });

  test("no room is left for the rest", async () => {
    const server = await open();
    hold();
    const first = fetch(`${server.url}/hold`, whole(2 * megabyte));
    await held.entered.promise;
    const socket = begin(server, ["transfer-encoding: chunked"]);
    socket.write(chunk(partHead));
    socket.write(chunk(Buffer.alloc(1.5 * megabyte)));
    await expect.poll(bytesOnDisk).toBeGreaterThan(3 * megabyte);
    socket.write(chunk(Buffer.alloc(megabyte)));
    expect(await statusOf(socket)).toBe("503");
    held.release.open();
    expect((await first).status).toBe(200);
    await allOfTheRoom(server);
  });

  test("the form breaks", async () => {
    const server = await open();
    const body = Buffer.concat([Buffer.from(partHead), large, Buffer.from("\r\n--b\r\nnonsense\r\n\r\n")]);
    const init = { method: "POST", headers: { "content-type": "multipart/form-data; boundary=b" }, body };
    expect((await fetch(`${server.url}/size`, init)).status).toBe(400);
    await allOfTheRoom(server);
  });

  test("what it is packed in breaks", async () => {
    const server = await open();
    const packed = gzipSync(Buffer.concat([Buffer.from(partHead), large]), { level: 0 });
    packed.fill(0, packed.length - 8);
    const headers = { "content-type": "multipart/form-data; boundary=b", "content-encoding": "gzip" };
    expect((await fetch(`${server.url}/size`, { method: "POST", headers, body: packed })).status).toBe(400);
    await allOfTheRoom(server);
  });

  test("the input is invalid, or all places are taken", async () => {
    const server = await open();
    const form = (count: string): RequestInit => {
      const data = new FormData();
      data.append("one", new File([large], "x.bin"));
      data.append("count", count);
      return { method: "POST", body: data };
    };
    expect((await fetch(`${server.url}/size`, form("many"))).status).toBe(400);
    await allOfTheRoom(server);
    hold();
    const holding = [1, 2].map(() => fetch(`${server.url}/hold`, whole(10)));
    await expect.poll(async () => (await fetch(`${server.url}/size`, form("1"))).status).toBe(429);
    held.release.open();
    await Promise.all(holding);
    await allOfTheRoom(server);
  });

  test("the server closes", async () => {
    const server = await open();
    const socket = begin(server, ["content-length: 100000000"]);
    socket.write(partHead);
    socket.write(large);
    await expect.poll(bytesOnDisk).toBeGreaterThan(2 * megabyte);
    await server.close();
    await nothingOnDisk();
  });
});
