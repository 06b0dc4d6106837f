import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A worker of `kill-worker.mjs`, ready to begin. */
export class Worker {
  #child = spawn(process.execPath, [pathOf("kill-worker.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
  #output = "";
  #gone = once(this.#child, "close");

  constructor() {
    this.#child.stdout.on("data", (chunk) => (this.#output += chunk));
  }

  /** Waits for a line that begins so. @returns its rest; `undefined` when the worker ended without it */
  async line(start) {
    for (;;) {
      const found = this.#output.split("\n").find((line, index, lines) => index < lines.length - 1 && line.startsWith(start));
      if (found !== undefined) return found.slice(start.length);
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) return undefined;
      await Promise.race([once(this.#child.stdout, "data"), this.#gone]);
    }
  }

  async begin(task) {
    await this.line("ready");
    this.#child.stdin.write(`${JSON.stringify(task)}\n`);
    await this.line("start");
  }

  /** What came of it; `undefined` when it was killed before. */
  async result() {
    const text = await this.line("done ");
    return text === undefined ? undefined : JSON.parse(text);
  }

  async kill() {
    this.#child.kill("SIGKILL");
    await this.#gone;
  }
}

/** The registry's server in a process of its own, on a port that stays. */
export class RegistryProcess {
  #folder;
  #port = 0;
  #child;
  url = "";

  constructor(folder) {
    this.#folder = folder;
  }

  async start() {
    this.#child = fork(pathOf("registry-server.mjs"), [this.#folder, String(this.#port)], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const ended = once(this.#child, "exit").then(([code]) => Promise.reject(new Error(`The registry ended with ${code}.`)));
    ended.catch(() => {});
    [this.url] = await Promise.race([once(this.#child, "message"), ended]);
    this.#port = Number(new URL(this.url).port);
  }

  /** Its peak memory so far. MiB. */
  async peakMiB() {
    this.#child.send("peak");
    const [{ peakMiB }] = await once(this.#child, "message");
    return peakMiB;
  }

  async kill(signal = "SIGKILL") {
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }
}
