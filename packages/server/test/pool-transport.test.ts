import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { expect, test, vi } from "vitest";

// A worker's program exists only in the built package.
import { Caller } from "../dist/wire/caller.js";
import { protocolVersion } from "../dist/wire/frame.js";
import type { Notice } from "../dist/wire/notice.js";
import { errorFromHead } from "../dist/wire/wire-error.js";
import type { FailedNotice, InitNotice, StopNotice } from "../dist/workers/messages.js";
import { TcpTransport } from "../dist/workers/tcp-transport.js";
import { workerDied } from "../dist/workers/worker-errors.js";
import { openFiles, workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const spawn = { name: "stranger", env: process.env, execArgv: [], isWatched: false };

/** Somebody who connects and says something. */
function stranger(port: number, says: Uint8Array | string = ""): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(says);
  return socket.resume();
}

/** Resolves when the other side has closed a connection. */
const expectDropped = async (socket: Socket) =>
  new Promise<unknown>((resolve) => (socket.closed ? resolve(true) : socket.once("close", resolve)));

test("who connects while no worker is expected is dropped", async () => {
  await using transport = await TcpTransport.open();
  await expectDropped(stranger(transport.port));
});

test("a wrong secret, or a part of one, is dropped; the worker itself is let in, once", async () => {
  await using transport = await TcpTransport.open();
  const { child, socket } = transport.connect(spawn);
  await expectDropped(stranger(transport.port, Buffer.alloc(32, 1)));
  await expectDropped(stranger(transport.port, Buffer.alloc(100_000, 1)));
  const half = stranger(transport.port, Buffer.alloc(31));
  half.end();
  await expectDropped(half);
  const connection = await socket;
  // Nobody else is expected now.
  await expectDropped(stranger(transport.port, Buffer.alloc(32, 1)));
  connection.destroy();
  await once(child, "exit");
});

test("a flood of connections that say nothing keeps neither the worker out nor descriptors open", async () => {
  const before = openFiles();
  await using transport = await TcpTransport.open();
  const { child, socket } = transport.connect(spawn);
  const flood = Array.from({ length: 500 }, () => stranger(transport.port));
  await Promise.all(flood.map(async (one) => once(one, "connect")));
  // All but a few were dropped; this process holds the near ends of the flood as well.
  await expect.poll(() => flood.filter(({ closed }) => closed).length, { timeout: 10_000 }).toBeGreaterThan(400);
  const connection = await socket;
  connection.destroy();
  await once(child, "exit");
  for (const one of flood) one.destroy();
  await transport[Symbol.asyncDispose]();
  await expect.poll(() => openFiles()).toBeLessThanOrEqual(before + 1);
  expect(workersOf()).toEqual([]);
});

test("who says nothing for long is dropped", async () => {
  await using transport = await TcpTransport.open(50);
  const { child, socket } = transport.connect(spawn);
  socket.catch(() => undefined);
  await expectDropped(stranger(transport.port));
  child.kill("SIGKILL");
  await once(child, "exit");
});

test("a worker that ends before it connects fails its connection", async () => {
  await using transport = await TcpTransport.open();
  const { child, socket } = transport.connect(spawn);
  setImmediate(() => child.kill("SIGKILL"));
  await expect(socket).rejects.toMatchObject({ code: "BENTO_WORKER_FAILED" });
});

test("a worker refuses a server that speaks another version", async () => {
  await using transport = await TcpTransport.open();
  const { child, socket } = transport.connect(spawn);
  const connection = await socket;
  const said: FailedNotice[] = [];
  const closed = new Promise<void>((resolve) => {
    const listener = { onNotice: (notice: Notice) => void said.push(notice as FailedNotice), onClose: () => resolve() };
    const caller = new Caller(connection, listener, () => workerDied("stranger"));
    const init: Pick<InitNotice, "type" | "version"> = { type: "init", version: protocolVersion + 1 };
    caller.notify(init);
    const stop: StopNotice = { type: "stop", finishMs: 0 };
    caller.notify(stop);
  });
  await closed;
  if (child.exitCode === null) await once(child, "exit");
  const [refusal, ...others] = said;
  expect([refusal?.type, others]).toEqual(["failed", []]);
  expect(errorFromHead(refusal?.error ?? "")).toMatchObject({
    code: "BENTO_WORKER_FAILED",
    message: `The server speaks version ${protocolVersion + 1} of the worker protocol, this worker ${protocolVersion}.`,
  });
});
