import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderVariable, readFigures } from "./own-figures.mjs";

/**
 * A server in a process of its own.
 * @typedef {object} Served
 * @property {import("node:child_process").ChildProcess} child
 * @property {string} url
 * @property {Promise<unknown[]>} ended
 * @property {string} figures the folder where its processes write what they know of themselves
 */

/**
 * Runs something against a server in a process of its own, which is ended afterwards.
 * @template R
 * @param {"pool" | "shared-port"} mode
 * @param {(server: Served) => Promise<R>} use
 */
export async function withServer(mode, use) {
  const figures = mkdtempSync(join(tmpdir(), "bench-reliability-"));
  const child = fork(fileURLToPath(new URL("server.mjs", import.meta.url)), [mode, "2"], {
    env: { ...process.env, [folderVariable]: figures },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const ended = once(child, "exit");
  const [url] = await Promise.race([
    once(child, "message"),
    ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
  ]);
  try {
    return await use({ child, url, ended, figures });
  } finally {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    await ended;
    clearTimeout(timer);
    rmSync(figures, { recursive: true });
  }
}

/** The worker processes of a server. */
export function workersOf({ pid }) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

/** What a server and its workers hold together. @param {Pick<Served, "child" | "figures">} server */
export function held({ child, figures }) {
  const pids = [child.pid, ...workersOf(child)];
  const rss = pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024);
  const descriptors = pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length);
  const { timers, resources } = readFigures(figures, (pid) => pids.includes(pid));
  return { mib: sum(rss), descriptors: sum(descriptors), timers, resources };
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0);
}
