import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FaultProxy, type FaultProxyOptions } from "./support/fault-proxy.js";
import { scheduled } from "./support/fault-schedule.js";
import type { Fault } from "./support/faulty-pipe.js";

const sent = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

/** Answers what it is sent, and keeps how each connection ended. */
class Echo implements AsyncDisposable {
  readonly port: number;
  readonly ends: string[] = [];
  readonly #server;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket: Socket) => {
      let got = 0;
      socket.on("data", (chunk) => (got += chunk.length));
      socket.on("end", () => this.ends.push(`end after ${got}`));
      socket.on("error", (error: NodeJS.ErrnoException) => this.ends.push(`${error.code} after ${got}`));
      socket.pipe(socket);
    });
  }

  static async start(): Promise<Echo> {
    const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Echo(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }
}

let echo: Echo;
let proxy: FaultProxy;
beforeEach(async () => void (echo = await Echo.start()));
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await echo[Symbol.asyncDispose]();
});

/** Sends all through a proxy, and says what came back and how it ended. */
async function exchange(options: FaultProxyOptions): Promise<{ readonly got: Buffer; readonly end: string }> {
  proxy = await FaultProxy.start(echo.port, options);
  const socket = connect(proxy.port, proxy.host);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  const ended = new Promise<string>((resolve) => {
    socket.once("end", () => resolve("end"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EPIPE" ? "ECONNRESET" : String(error.code)));
  });
  socket.end(sent);
  const end = await ended;
  return { got: Buffer.concat(chunks), end };
}

const meets = (fault: Fault): FaultProxyOptions => ({ faultsOf: () => fault });

test("what is well comes through whole, and is counted", async () => {
  const { got, end } = await exchange({});
  expect({ isSame: got.equals(sent), end }).toEqual({ isSame: true, end: "end" });
  expect(proxy).toMatchObject({ connections: 1, bytes: { request: sent.length, response: sent.length } });
  await proxy.until(({ open }) => open === 0);
});

test("drop: so many bytes come through, then both sides are told of a break", async () => {
  const { got, end } = await exchange(meets({ kind: "drop", on: "request", at: 12_345 }));
  expect(end).toBe("ECONNRESET");
  expect(got.equals(sent.subarray(0, got.length))).toBe(true);
  expect(proxy.bytes.request).toBe(12_345);
  await expect.poll(() => echo.ends).toContainEqual(expect.stringMatching(/^ECONNRESET/));
});

test("close: both sides are told that it is over", async () => {
  expect(await exchange(meets({ kind: "close", on: "response", at: 777 }))).toEqual({ got: sent.subarray(0, 777), end: "end" });
  expect(proxy.met).toMatchObject({ close: 1, drop: 0 });
});

test("truncate: one direction ends early and properly, the other goes on", async () => {
  const { got, end } = await exchange(meets({ kind: "truncate", on: "request", at: 40_000 }));
  expect({ length: got.length, end }).toEqual({ length: 40_000, end: "end" });
  expect(echo.ends).toEqual(["end after 40000"]);
});

test("corrupt: one bit is another, at its place, also counted from a text on", async () => {
  const wrong = Buffer.from(sent);
  wrong[50_000] = (wrong[50_000] as number) ^ 4;
  expect((await exchange(meets({ kind: "corrupt", on: "response", at: 50_000 }))).got.equals(wrong)).toBe(true);
  await proxy[Symbol.asyncDispose]();
  const other = Buffer.from(sent);
  other[73] = (other[73] as number) ^ 4;
  const behind = sent.subarray(60, 70).toString();
  expect((await exchange(meets({ kind: "corrupt", on: "request", at: 3, behind }))).got.equals(other)).toBe(true);
});

test("hold: nothing moves for a while", async () => {
  const begun = performance.now();
  expect((await exchange(meets({ kind: "hold", on: "response", at: 99, ms: 100 }))).got.equals(sent)).toBe(true);
  expect(performance.now() - begun).toBeGreaterThan(90);
});

test("hold: nothing moves for ever, until somebody gives up", async () => {
  const first = (): void => void setImmediate(() => proxy.dropAll());
  expect((await exchange(meets({ kind: "hold", on: "response", at: 99, first }))).got.length).toBeLessThanOrEqual(99);
  expect(proxy.bytes.response).toBe(99);
  await proxy.until(({ open }) => open === 0);
});

test("throttle: it takes as long as it has to", async () => {
  const begun = performance.now();
  expect((await exchange(meets({ kind: "throttle", on: "request", at: 0, bytesPerSecond: 1_000_000 }))).got.equals(sent)).toBe(true);
  expect(performance.now() - begun).toBeGreaterThan(90);
});

test("something can be done first, while nothing moves", async () => {
  const order: string[] = [];
  const first = async (): Promise<void> => {
    const before = proxy.bytes.response;
    await new Promise(setImmediate);
    order.push(proxy.bytes.response === before ? "stood still" : "moved");
  };
  await exchange(meets({ kind: "drop", on: "response", at: 10, first }));
  expect(order).toEqual(["stood still"]);
});

test("ports that an FTP server opens are led through the proxy", async () => {
  await using data = await Echo.start();
  const lines = [`229 Entering (|||${data.port}|)\r\n`, `227 Now (127,0,0,1,${data.port >> 8},${data.port & 255}).\r\n`];
  proxy = await FaultProxy.start(echo.port, { isFtp: true });
  const control = connect(proxy.port, proxy.host);
  const ports: number[] = [];
  for (const line of lines) {
    control.write(line);
    const [answer] = (await once(control, "data")) as [Buffer];
    const [, port, high, low] = /\|\|\|(\d+)\||,1,(\d+),(\d+)\)/.exec(answer.toString()) ?? [];
    ports.push(port === undefined ? Number(high) * 256 + Number(low) : Number(port));
  }
  control.end();
  expect(ports[0]).toBe(ports[1]);
  expect([proxy.port, data.port]).not.toContain(ports[0]);
  const carrier = connect(ports[0] as number, "127.0.0.1");
  carrier.end("data");
  expect(String((await once(carrier, "data"))[0])).toBe("data");
  await once(carrier, "close");
});

test("ports that nobody sees are led through an address of their own", async () => {
  await using data = await Echo.start();
  proxy = await FaultProxy.start(echo.port, { host: "127.0.0.2", ports: [data.port] });
  expect(proxy.port).toBe(echo.port);
  const carrier = connect(data.port, "127.0.0.2");
  carrier.end("data");
  expect(String((await once(carrier, "data"))[0])).toBe("data");
  await once(carrier, "close");
  expect(proxy.bytes.request).toBe(4);
});

test("a schedule is the same for the same seed, leaves some alone and comes to an end", async () => {
  const schedule = { kinds: ["drop", "hold"], on: "response", from: 10, to: 1000, healthyEvery: 3, limit: 4 } as const;
  const run = (seed: number): unknown[] => {
    const of = scheduled({ ...schedule, seed });
    return Array.from({ length: 9 }, (_, index) => of({ number: index + 1, port: 1 }));
  };
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
  const kinds = run(1).map((fault) => (fault as Fault | undefined)?.kind);
  expect(kinds).toEqual(["drop", "hold", undefined, "drop", "hold", undefined, undefined, undefined, undefined]);
  proxy = await FaultProxy.start(echo.port);
});
