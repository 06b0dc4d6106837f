import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { expect, test, vi } from "vitest";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const program = fileURLToPath(new URL("fixtures/serve-without-files.mjs", import.meta.url));

test.each(["pool", "shared-port"])("a worker that there are no descriptors for is started as soon as there are some: %s", async (mode) => {
  const child = spawn("sh", ["-c", 'ulimit -n 512; exec "$0" "$@"', process.execPath, program, mode], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (piece: string) => (output += piece));
  const said: unknown[] = [];
  child.on("message", (message) => said.push(message));
  const ended = once(child, "close");
  try {
    // More than once: the pause between two attempts is kept, and the next one is made.
    const attempts = () => output.split("\n").filter((line) => line.includes("there are no file descriptors left")).length;
    await expect.poll(attempts, { timeout: 20_000 }).toBeGreaterThan(2);
    child.send("let go");
    expect([await ended, said, output]).toEqual([[0, null], ["two answer"], expect.not.stringContaining("TypeError")]);
  } finally {
    child.kill("SIGKILL");
  }
});
