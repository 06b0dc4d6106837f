import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

/** Tells a process that it is the same command once more, on behalf of one that goes on waiting. */
const attemptVariable = "BENTO_SERVE_ATTEMPT";

/** Who started this command once more, seen from there. */
export interface Supervisor {
  /** Says that the service was started. */
  serving(): void;
}

/** Whoever waits for this process to serve; without them it ends as if it were interrupted. */
export function takeSupervisor(): Supervisor | undefined {
  const isAttempt = process.env[attemptVariable] !== undefined && process.channel !== undefined;
  // Programs that the service runs are none.
  delete process.env[attemptVariable];
  if (!isAttempt) return undefined;
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  // It must not keep the process from ending.
  process.channel?.unref();
  return { serving: () => void process.send?.("serving") };
}

/**
 * This command once more in a process of its own, as one process can load a module only once. What a terminal sends to all
 * that runs there reaches it through {@link ServeAttempt.interrupt} alone, so that one Ctrl-C is one.
 */
export class ServeAttempt {
  readonly #child: ChildProcess = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [attemptVariable]: "1" },
    detached: process.platform !== "win32",
  });
  /** The exit code, as a shell has it: that of a signal is more than 128. */
  readonly ended: Promise<number> = this.#end();
  /** Whether it came to serve; else it ended before. */
  readonly isServing: Promise<boolean> = Promise.race([once(this.#child, "message").then(() => true), this.ended.then(() => false)]);

  interrupt(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #end(): Promise<number> {
    const [code, signal] = (await once(this.#child, "exit")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal as NodeJS.Signals];
  }
}
