import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchBody } from "./slow-bodies.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const everyMs = 30_000;

/** Sends the beginning of a body to a server that watches it. */
async function sendBeginning(
  length: number,
): Promise<{ readonly request: IncomingMessage; readonly closed: Promise<unknown>; readonly end: () => void }> {
  const server = createServer((request) => watchBody(request)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => {});
  socket.write(`PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n${"a".repeat(length)}`);
  const [request] = (await once(server, "request")) as [IncomingMessage];
  return { request, closed: once(socket, "close"), end: () => void (socket.destroy(), server.close()) };
}

test("a body that stops coming ends its connection", async () => {
  const { request, closed, end } = await sendBeginning(10);
  request.resume();
  vi.advanceTimersByTime(everyMs);
  await closed;
  expect(request.socket.destroyed).toBe(true);
  end();
});

test("a body that the server does not read is not to blame", async () => {
  const { request, end } = await sendBeginning(1_000_000);
  request.pause();
  await expect.poll(() => request.readableLength >= request.readableHighWaterMark).toBe(true);
  vi.advanceTimersByTime(10 * everyMs);
  expect(request.socket.destroyed).toBe(false);
  end();
});

test("a body that is there is looked at no longer", async () => {
  const { request, end } = await sendBeginning(10);
  request.resume();
  request.emit("end");
  vi.advanceTimersByTime(10 * everyMs);
  expect([request.socket.destroyed, vi.getTimerCount()]).toEqual([false, 0]);
  end();
});
