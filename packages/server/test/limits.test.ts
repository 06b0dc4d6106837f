import { connect } from "node:net";

import type { Context } from "@bento/core";
import { api, service } from "@bento/sdk";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { createApp, serve } from "../src/index.js";
import { doors, json, open } from "./doors.js";
import { gate } from "./gate.js";

let entered = gate();
let release = gate();
let aborted = gate<string>();

@service({ name: "limited", traffic: { timeout: 0.2, maxConcurrency: 2 } })
class Limited {
  @api({ input: z.object({}), output: z.string() })
  async hold() {
    entered.open();
    await release.promise;
    return "held";
  }

  @api({ input: z.object({}), output: z.string() })
  async waits(_input: object, ctx: Context) {
    await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
    aborted.open((ctx.signal.reason as { code: string }).code);
    return "never";
  }

  @api({ input: z.object({}), output: z.string() })
  async *slowly() {
    for (let i = 0; i < 4; i++) {
      yield String(i);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  @api({ input: z.string(), output: z.number() })
  size(text: string) {
    return text.length;
  }
}

@service({ name: "patient" })
class Patient extends Limited {}

/** Nothing but its places runs out. */
@service({ name: "narrow", traffic: { maxConcurrency: 2 } })
class Narrow extends Limited {}

function renew(): void {
  entered = gate();
  release = gate();
  aborted = gate();
}

describe.each(doors)("by %s", (door) => {
  test("more calls than maxConcurrency are 429 at once; probes and metrics are not counted", async () => {
    renew();
    await using limited = await open(door, Narrow);
    const calls = [limited.fetch("/hold", json({})), limited.fetch("/hold", json({}))];
    await entered.promise;
    let refused = await limited.fetch("/size", { method: "POST", body: "x" });
    // The second of the two may still be on its way.
    while (refused.status === 200) refused = await limited.fetch("/size", { method: "POST", body: "x" });
    expect([refused.status, await refused.json()]).toEqual([
      429,
      expect.objectContaining({ error: "Too many requests", code: "BENTO_TOO_MANY_REQUESTS" }),
    ]);
    for (const path of ["/readyz", "/livez", "/metrics", "/schema.json"]) expect((await limited.fetch(path)).status).toBe(200);
    release.open();
    expect(await Promise.all(calls.map(async (call) => (await call).text()))).toEqual(["held", "held"]);
    expect((await limited.fetch("/size", { method: "POST", body: "x" })).status).toBe(200);
  });

  test("a method that takes too long is 504, its signal fires, and its place is taken until it is done", async () => {
    renew();
    await using limited = await open(door, Limited);
    const late = await limited.fetch("/waits", json({}));
    expect([late.status, await late.json()]).toEqual([
      504,
      expect.objectContaining({ error: "Not able to process the request in 0.2 seconds.", code: "BENTO_TIMEOUT" }),
    ]);
    expect(await aborted.promise).toBe("BENTO_TIMEOUT");
    expect((await Promise.all([limited.fetch("/hold", json({})), limited.fetch("/hold", json({}))])).map(({ status }) => status)).toEqual([
      504, 504,
    ]);
    expect((await limited.fetch("/size", { method: "POST", body: "x" })).status).toBe(429);
    release.open();
    await expect.poll(async () => (await limited.fetch("/size", { method: "POST", body: "x" })).status).toBe(200);
  });

  test("the first byte of a stream stops the clock", async () => {
    renew();
    await using limited = await open(door, Limited);
    expect(await (await limited.fetch("/slowly", json({}))).text()).toBe("0123");
  });

  test("a body that does not arrive in time is 408", async () => {
    renew();
    await using limited = await open(door, Limited);
    const never = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Uint8Array.of(97)) });
    const response = await limited.fetch("/size", { method: "POST", body: never, duplex: "half" } as RequestInit);
    expect([response.status, await response.json()]).toEqual([408, [expect.objectContaining({ code: "BENTO_TIMEOUT" })]]);
  });

  test("a caller that goes away fires the signal", async () => {
    renew();
    await using patient = await open(door, Patient);
    const controller = new AbortController();
    const call = patient.fetch("/waits", { ...json({}), signal: controller.signal });
    const gone = call.then(
      async (response) => response.status,
      () => "aborted",
    );
    // In process nobody can tell that the request has arrived, but that it was sent.
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    expect(await aborted.promise).toBe("BENTO_CANCELLED");
    expect([499, "aborted"]).toContain(await gone);
    expect((await patient.fetch("/readyz")).status).toBe(200);
  });
});

describe("on a socket", () => {
  test("a caller that goes away in the middle of its body does no harm", async () => {
    await using server = await serve(Patient, { port: 0, accessLog: false, banner: false, handleSignals: false });
    const socket = connect(server.port, "127.0.0.1");
    socket.write("POST /size HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nabc");
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await expect
      .poll(async () => (await fetch(`${server.url}/metrics`)).text())
      .toMatch(/request_total\{[^}]*"499"[^}]*"\/size"[^}]*\} 1|request_total\{[^}]*"\/size"[^}]*"499"[^}]*\} 1/);
    expect((await fetch(`${server.url}/size`, { method: "POST", body: "ok" })).status).toBe(200);
  });

  test("many requests on one connection are answered in their order", async () => {
    await using server = await serve(Patient, { port: 0, accessLog: false, banner: false, handleSignals: false });
    const socket = connect(server.port, "127.0.0.1");
    const bodies = Array.from({ length: 50 }, (_, index) => "x".repeat(index + 1));
    socket.write(bodies.map((body) => `POST /size HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`).join(""));
    let received = "";
    for await (const piece of socket.setEncoding("latin1")) {
      received += String(piece);
      if ((received.match(/HTTP\/1\.1 200/g) ?? []).length === 50 && received.endsWith("\r\n\r\n50")) break;
    }
    expect([...received.matchAll(/\r\n\r\n(\d+)/g)].map((match) => Number(match[1]))).toEqual(bodies.map((body) => body.length));
  });

  test("a million tiny chunks", { timeout: 60_000 }, async () => {
    await using server = await serve(Patient, { port: 0, accessLog: false, banner: false, handleSignals: false });
    const socket = connect(server.port, "127.0.0.1");
    socket.write("POST /size HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
    socket.end(`${"1\r\nx\r\n".repeat(1_000_000)}0\r\n\r\n`);
    let received = "";
    for await (const piece of socket.setEncoding("latin1")) {
      received += String(piece);
      if (received.endsWith("\r\n\r\n1000000")) break;
    }
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
  });
});

test("bad limits are refused", async () => {
  await expect(createApp(Patient, { maxBodyBytes: -1 })).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID" });
  await expect(createApp(Patient, { urlInputs: { allow: ["*.internal"] } })).rejects.toMatchObject({
    code: "BENTO_CONFIG_INVALID",
    message: 'The option urlInputs.allow holds "*.internal".',
  });
  await expect(serve(Patient, { port: 70_000 })).rejects.toMatchObject({ code: "BENTO_CONFIG_INVALID" });
});
