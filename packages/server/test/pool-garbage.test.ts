import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";

import { expect, test, vi } from "vitest";

import { runProgram } from "./program.js";

// Every test waits for processes, which run slowly: nothing of them is compiled.
vi.setConfig({ testTimeout: 60_000 });

const folder = fileURLToPath(new URL("fixtures/", import.meta.url));
const body = JSON.stringify({ values: Array.from({ length: 64 }, (_, at) => at / 7) });
const warmUp = 200;
const measured = 300;
const rounds = 3;

/** A connection on which one request after the other is answered. */
async function caller(port: number) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const call = async (path: string): Promise<void> => {
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    let answer = "";
    while (!isWhole(answer)) answer += String(((await once(socket, "data")) as [Buffer])[0]);
    if (!answer.startsWith("HTTP/1.1 200")) throw new Error(answer);
  };
  return { call, [Symbol.dispose]: () => socket.destroy() };
}

function isWhole(answer: string): boolean {
  const length = /content-length: (\d+)/i.exec(answer);
  return length === null ? answer.endsWith("\r\n0\r\n\r\n") : answer.length >= answer.indexOf("\r\n\r\n") + 4 + Number(length[1]);
}

/**
 * Bytes that each call leaves in the old generation, which is collected seldom and at length: in the server's process, and
 * in the one that works on calls. The least of some rounds: what is loaded once, by a timer say, no call has left. Without the optimizing compiler, which hides some of it, and whose own code counts.
 */
async function leftBehind(path: string, options: object): Promise<{ server: number; worker: number }> {
  // No full collection comes meanwhile, and the young generation is collected often.
  const execArgv = ["--max-semi-space-size=1", "--initial-old-space-size=512", "--no-opt", "--no-sparkplug"];
  await using program = runProgram(folder, "garbage-service.mjs", { args: [JSON.stringify(options)], execArgv });
  const port = Number(await program.said());
  using connection = await caller(port);
  const old = async () => {
    program.child.send("old?");
    const server = Number(await program.said());
    const response = await fetch(`http://127.0.0.1:${port}/old`, { method: "POST" });
    return { server, worker: Number(await response.text()) };
  };
  for (let n = 0; n < warmUp; n++) await connection.call(path);
  const left = { server: Infinity, worker: Infinity };
  for (let round = 0; round < rounds; round++) {
    const before = await old();
    for (let n = 0; n < measured; n++) await connection.call(path);
    const after = await old();
    left.server = Math.min(left.server, (after.server - before.server) / measured);
    left.worker = Math.min(left.worker, (after.worker - before.worker) / measured);
  }
  return left;
}

test.each([
  ["/plain", { workers: 1, mode: "in-process" }],
  ["/plain", { workers: 1, mode: "pool" }],
  ["/gathered", { workers: 1, mode: "in-process" }],
  ["/gathered", { workers: 1, mode: "pool" }],
  ["/streamed", { workers: 1, mode: "in-process" }],
  ["/streamed", { workers: 1, mode: "pool" }],
])("calls of %s leave nothing behind, with %o", async (path, options) => {
  const { server, worker } = await leftBehind(path, options);
  expect(server).toBeLessThan(1000);
  expect(worker).toBeLessThan(1000);
});
