import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** A web server of Debian, in a group of processes and a folder of its own. */
export class WebDaemon implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts it, and waits until it answers. @param folder removed in the end */
  static async start(folder: string, port: number, command: string, args: readonly string[]): Promise<WebDaemon> {
    const child = spawn(command, args, { detached: true, stdio: ["ignore", "ignore", "inherit"] });
    const daemon = new WebDaemon(child, folder);
    for (let end = Date.now() + 30_000; !(await isAnswering(port)); await pause(50)) {
      if (Date.now() <= end && child.exitCode === null) continue;
      await daemon[Symbol.asyncDispose]();
      throw new Error(`${command} did not start.`);
    }
    return daemon;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode } = this.#child;
    if (pid !== undefined && exitCode === null) {
      const ended = once(this.#child, "exit");
      process.kill(-pid, "SIGKILL");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Whether there is any answer; `fetch` gives none that asks for a proxy's password. */
function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: "127.0.0.1", port, agent: false }, (answer) => resolve(answer.resume() !== undefined));
    asked.once("error", () => resolve(false));
  });
}

/** Who may have what is behind a password. */
export const webLogin = { user: "ünïcode user", password: 's3cret:/ "quoted" @pass' } as const;
