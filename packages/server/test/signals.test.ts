import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { json } from "./doors.js";
import { untilRefused } from "./ports.js";

/** A process of its own, running the built packages: signals and standard output are the process's, not a server's. */
async function start(...args: string[]) {
  const child = fork(fileURLToPath(new URL("fixtures/serve-and-wait.mjs", import.meta.url)), args, {
    execArgv: [],
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (piece: string) => (output += piece));
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const died = ended.then(([code]) => Promise.reject(new Error(`the program ended with ${code}: are the packages built?`)));
  const [first] = await Promise.race([once(child, "message") as Promise<[string]>, died]);
  died.catch(() => undefined);
  return { child, url: first, first, ended, output: () => output, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

const message = async (child: ChildProcess) => ((await once(child, "message")) as [string])[0];

test.each(["SIGTERM", "SIGINT"] as const)("%s finishes what is in flight and ends the process", { timeout: 30_000 }, async (signal) => {
  using server = await start();
  const entered = message(server.child);
  const call = fetch(`${server.url}/hold`, json({}));
  expect(await entered).toBe("entered");
  server.child.kill(signal);
  await untilRefused(server.url);
  const down = message(server.child);
  server.child.send("go on");
  expect(await (await call).text()).toBe("held");
  expect(await down).toBe("shut down");
  expect(await server.ended).toEqual([0, null]);
  const lines = server
    .output()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toMatchObject({ url: server.url, msg: expect.stringContaining("slow listens on") });
  expect(lines.at(-1)).toMatchObject({
    msg: "request",
    method: "POST",
    path: "/hold",
    status: 200,
    requestId: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});

test("a second signal ends the process at once", { timeout: 30_000 }, async () => {
  using server = await start("--stuck");
  const entered = message(server.child);
  const call = fetch(`${server.url}/hold`, json({})).catch(() => "broken off");
  await entered;
  server.child.kill("SIGTERM");
  await untilRefused(server.url);
  server.child.kill("SIGTERM");
  expect(await server.ended).toEqual([null, "SIGTERM"]);
  expect(await call).toBe("broken off");
});

test("a signal during the start ends it, once what has begun can be let go of", { timeout: 30_000 }, async () => {
  using server = await start("--slow-start", "--deaf");
  expect(server.first).toBe("starting");
  const heard = message(server.child);
  server.child.kill("SIGTERM");
  expect(await heard).toBe("heard");
  const down = message(server.child);
  server.child.send("go on");
  expect(await down).toBe("shut down");
  // As the first process of a container, it is not ended by the signal itself.
  expect(await server.ended).toEqual([143, null]);
  expect(server.output()).toBe("");
});

test("a second signal during the start ends the process at once", { timeout: 30_000 }, async () => {
  using server = await start("--slow-start", "--deaf");
  const heard = message(server.child);
  server.child.kill("SIGTERM");
  await heard;
  server.child.kill("SIGTERM");
  expect(await server.ended).toEqual([143, null]);
});

test("a second signal ends the first process of a container, too", { timeout: 30_000 }, async () => {
  using server = await start("--stuck", "--deaf");
  const entered = message(server.child);
  void fetch(`${server.url}/hold`, json({})).catch(() => "broken off");
  await entered;
  server.child.kill("SIGTERM");
  await untilRefused(server.url);
  server.child.kill("SIGTERM");
  expect(await server.ended).toEqual([143, null]);
});
