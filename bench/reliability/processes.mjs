import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Runs something against a server in a process of its own, which is ended afterwards.
 * @template R
 * @param {"pool" | "shared-port"} mode
 * @param {(server: { child: import("node:child_process").ChildProcess, url: string, ended: Promise<unknown[]> }) => Promise<R>} use
 */
export async function withServer(mode, use) {
  const child = fork(fileURLToPath(new URL("server.mjs", import.meta.url)), [mode, "2"], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const ended = once(child, "exit");
  const [url] = await Promise.race([
    once(child, "message"),
    ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
  ]);
  try {
    return await use({ child, url, ended });
  } finally {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    await ended;
    clearTimeout(timer);
  }
}

/** The worker processes of a server. */
export function workersOf({ pid }) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

/** What a server and its workers hold together. */
export function held(child) {
  const pids = [child.pid, ...workersOf(child)];
  const rss = pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024);
  const descriptors = pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length);
  return { mib: sum(rss), descriptors: sum(descriptors), processes: pids.length };
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0);
}
