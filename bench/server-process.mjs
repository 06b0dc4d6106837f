import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/**
 * Runs something against a server in a process of its own, which is ended afterwards.
 * @template T
 * @param {URL} program which sends its own URL when it listens
 * @param {readonly string[]} args
 * @param {(url: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withServerProcess(program, args, use) {
  const child = fork(fileURLToPath(program), args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = once(child, "exit");
  const [url] = await Promise.race([
    once(child, "message"),
    ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
  ]);
  try {
    return await use(url);
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}
