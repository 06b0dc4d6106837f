import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Starts a server of this folder or another, and ends it when `use` is done. @template T @param {string | URL} file @param {string[]} args @param {(port: number, server: import("node:child_process").ChildProcess) => Promise<T>} use @returns {Promise<T>} */
export async function withServer(file, args, use) {
  const server = fork(fileURLToPath(file instanceof URL ? file : new URL(`servers/${file}`, import.meta.url)), args, {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  try {
    const [{ port }] = await Promise.race([
      once(server, "message"),
      once(server, "exit").then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
    ]);
    return await use(port, server);
  } finally {
    // Workers end with their server, and the next measurement must not share the machine with them.
    server.kill("SIGTERM");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  }
}

/** Puts load on a port, from a process of its own. @returns {Promise<{ perSecond: number, p50: number, p99: number, max: number }>} */
export async function load(options) {
  const generator = spawn(process.execPath, [fileURLToPath(new URL("../http/load.mjs", import.meta.url)), JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = await Promise.all([generator.stdout.setEncoding("utf8").toArray(), once(generator, "exit")]);
  return JSON.parse(text.join(""));
}
