import { EventEmitter, once } from "node:events";
import { connect } from "node:net";

import { BentoError, type Args, type Context } from "@bento/core";
import { api, service } from "@bento/sdk";
import { byteStream, jsonLines } from "@bento/sdk/kinds";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { type BentoServer, createApp, serve } from "../src/index.js";
import { LineLogger } from "./doors.js";
import { sending } from "./sending.js";

const Numbers = jsonLines(z.number());
const Bytes = byteStream();

/** What methods tell of their end. */
const ends: string[] = [];
/** Where methods wait until their test lets them go on. */
const gate = new EventEmitter();
const wait = async (): Promise<void> => {
  const opened = once(gate, "open");
  gate.emit("arrived");
  await opened;
};

@service({ traffic: { timeout: 0.6 } })
class Flowing {
  @api({ input: Numbers, output: z.number() })
  async *running(numbers: Args<typeof Numbers>) {
    let sum = 0;
    try {
      for await (const n of numbers) yield (sum += n);
    } catch (error) {
      ends.push(BentoError.is(error) ? error.code : String(error));
      throw error;
    } finally {
      ends.push("finally");
    }
  }

  @api({ input: Numbers, output: z.number() })
  async sum(numbers: Args<typeof Numbers>) {
    let sum = 0;
    try {
      for await (const n of numbers) {
        sum += n;
        gate.emit("took");
      }
    } catch (error) {
      ends.push(BentoError.is(error) ? error.code : String(error));
      throw error;
    } finally {
      ends.push("finally");
    }
    return sum;
  }

  /** Takes its time for each. */
  @api({ input: Numbers, output: z.number() })
  async slow(numbers: Args<typeof Numbers>) {
    let sum = 0;
    for await (const n of numbers) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      sum += n;
    }
    return sum;
  }

  @api({ input: Numbers, output: z.number() })
  async first(numbers: Args<typeof Numbers>) {
    for await (const n of numbers) return n;
    return -1;
  }

  @api({ input: Numbers, output: z.number() })
  async *upTo(numbers: Args<typeof Numbers>) {
    for await (const n of numbers) {
      yield n;
      if (n > 2) return;
    }
  }

  @api({ input: Numbers, output: z.string() })
  unread(_numbers: Args<typeof Numbers>) {
    return "not read";
  }

  @api({ input: Bytes, output: z.number() })
  async weigh(pieces: Args<typeof Bytes>) {
    await wait();
    let size = 0;
    for await (const piece of pieces) size += piece.byteLength;
    return size;
  }

  @api({ input: Numbers, output: z.number() })
  async lagging(numbers: Args<typeof Numbers>, ctx: Context) {
    for await (const _ of numbers) await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
    return 0;
  }
}

let server: BentoServer;
beforeAll(async () => {
  server = await serve(Flowing, { port: 0, logger: new LineLogger(), banner: false, accessLog: false, handleSignals: false });
});
afterAll(() => server.close());

const lines = { accept: "application/jsonl" };
/** An ordinary call, to see that the server still answers. */
const ask = async (body: string) =>
  (await fetch(`${server.url}/sum`, { method: "POST", headers: { "content-type": "application/jsonl" }, body })).json();

describe("an input that is read while it comes", () => {
  test("each item is there before the next is sent, and so is what is answered to it", async () => {
    using call = sending(`${server.url}/running`, lines);
    let [sum, sent] = [0, 0];
    for (const n of [1, 10, 100]) {
      await call.write(`${n}\n`);
      sent += n;
      sum = Number(await call.read());
      expect(sum).toBe(sent);
    }
    // In the middle of a character and of a line.
    await call.write("10");
    await call.write("00\r\n\n5");
    expect(Number(await call.read())).toBe(1111);
    call.end();
    expect(Number(await call.read())).toBe(1116);
    expect(await call.read()).toBeUndefined();
    expect(ends.splice(0)).toEqual(["finally"]);
  });

  test("a caller that goes away ends it with an error in the method", async () => {
    for (const path of ["/sum", "/running"]) {
      using call = sending(server.url + path, lines);
      const took = once(gate, "took");
      await call.write("1\n");
      await (path === "/running" ? call.read() : took);
      call.leave();
      await expect.poll(() => ends.length, { timeout: 5000 }).toBe(2);
      expect(ends.splice(0)).toEqual(["BENTO_CANCELLED", "finally"]);
    }
  });

  test.each(["/first", "/unread"])("who answers before its end gets the answer through: %s", async (path) => {
    using call = sending(server.url + path);
    await call.write("7\n");
    const response = await call.response;
    expect([response.statusCode, response.headers.connection]).toEqual([200, "close"]);
    expect(await call.read()).toBe(path === "/first" ? "7" : "not read");
    // Who goes on sending is read for a moment, and no longer.
    while (await call.write("8\n".repeat(10_000)));
    await call.closed;
    expect(await ask("1")).toBe(1);
    ends.length = 0;
  });

  test.each(["/first", "/unread", "/upTo"])(
    "what is on its way behind an early answer is taken, so that nobody is cut off from it: %s",
    async (path) => {
      // Node's own client leaves at such an answer; others send what they have to send.
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1").setEncoding("utf8");
      const closed = once(socket, "close");
      const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\naccept: application/jsonl\r\ntransfer-encoding: chunked\r\n\r\n`;
      const answered = once(socket, "data");
      socket.write(`${head}2\r\n7\n\r\n`);
      expect(String(await answered)).toContain("HTTP/1.1 200 OK");
      const chunk = `186a0\r\n${"8\n".repeat(50_000)}\r\n`;
      for (let sent = 0; sent < 200; sent++) {
        await new Promise<void>((resolve, reject) => void socket.write(chunk, (error) => (error ? reject(error) : resolve())));
      }
      socket.end("0\r\n\r\n");
      await closed;
    },
  );

  test("an answer that is a stream may end first, too", async () => {
    using call = sending(`${server.url}/upTo`, lines);
    await call.write("1\n2\n3\n4\n");
    expect(await call.rest()).toBe("1\n2\n3\n");
    while (await call.write("8\n".repeat(10_000)));
    await call.closed;
  });

  test("what the method does not read, the caller cannot send", async () => {
    const arrived = once(gate, "arrived");
    using call = sending(`${server.url}/weigh`);
    const piece = Buffer.alloc(1 << 20);
    let sent = 0;
    const last = (async () => {
      while (sent < 64) {
        await call.write(piece);
        sent += 1;
      }
      call.end();
    })();
    await arrived;
    // As much as the kernel keeps for both ends, and then no more.
    let before = -1;
    await expect.poll(() => before === (before = sent), { interval: 100 }).toBe(true);
    expect(sent).toBeLessThan(40);
    gate.emit("open");
    await last;
    expect(await call.rest()).toBe(String(64 << 20));
  });

  test("its time counts anew with each item", async () => {
    const text = "1\n".repeat(12);
    const started = performance.now();
    const answer = await fetch(`${server.url}/slow`, { method: "POST", headers: { "content-type": "application/jsonl" }, body: text });
    expect([answer.status, await answer.json()]).toEqual([200, 12]);
    expect(performance.now() - started).toBeGreaterThan(1200);
  });

  test("who sends nothing for so long is told so, and a method that lags is the service's fault", async () => {
    using silent = sending(`${server.url}/sum`);
    await silent.write("1\n");
    expect((await silent.response).statusCode).toBe(408);
    expect(await silent.rest()).toContain("Nothing came of the request's body for 0.6 seconds.");
    expect(ends.splice(0)).toEqual(["BENTO_TIMEOUT", "finally"]);
    using lagging = sending(`${server.url}/lagging`);
    await lagging.write("1\n");
    expect((await lagging.response).statusCode).toBe(504);
    using patient = sending(`${server.url}/sum`, { "x-request-timeout": "0.2" });
    await patient.write("1\n");
    expect((await patient.response).statusCode).toBe(408);
    expect(await patient.rest()).toContain("0.2 seconds");
    ends.length = 0;
  });

  test("who sends nothing any more is told so in the answer that has begun", async () => {
    using call = sending(`${server.url}/running`, { accept: "text/event-stream" });
    await call.write("1\n");
    expect(await call.rest()).toMatch(/data: 1\n[^]*event: error\ndata: .*BENTO_TIMEOUT/);
    expect(ends.splice(0)).toEqual(["BENTO_TIMEOUT", "finally"]);
  });

  test("a connection whose input was read to its end serves the next call", async () => {
    const sockets = new Set<unknown>();
    for (let n = 0; n < 3; n++) {
      using call = sending(`${server.url}/sum`, { connection: "keep-alive" });
      await call.write("4\n");
      call.end();
      const response = await call.response;
      expect(response.headers.connection).not.toBe("close");
      expect(await call.rest()).toBe("4");
      sockets.add(response.socket);
    }
    ends.length = 0;
  });
});

test("a web-standard request is read no faster than the method reads", async () => {
  const arrived = once(gate, "arrived");
  await using app = await createApp(Flowing);
  let given = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (given === 200) return controller.close();
      given += 1;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  const answer = app.request("/weigh", { method: "POST", body, duplex: "half" } as RequestInit);
  await arrived;
  await new Promise(setImmediate);
  expect(given).toBeLessThan(10);
  gate.emit("open");
  expect(await (await answer).json()).toBe(200 * 64 * 1024);
});
