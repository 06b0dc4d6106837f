import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../support/run-command.js";
import { workspaceRoot } from "../../support/workspace.js";
import { childrenOf } from "./children-of.js";

/** The folder of the quickstart, with a slash at its end. */
export const quickstart = `${workspaceRoot}examples/quickstart/`;

/** How the workers are reached. */
export type Mode = "pool" | "shared-port";

const commands: Readonly<Record<Mode, readonly string[]>> = {
  pool: [fileURLToPath(new URL("serve-digits.mjs", import.meta.url)), "pool"],
  // What `bento serve` does by itself.
  "shared-port": [
    `${workspaceRoot}packages/cli/dist/bin.js`,
    "serve",
    `${quickstart}dist/service.js:Digits`,
    "--workers",
    "2",
    "--port",
    "0",
  ],
};

/** The quickstart's service in two workers, as its user serves it. */
export interface ServedDigits extends AsyncDisposable {
  readonly url: string;
  /** The worker processes at this moment. */
  workers(): readonly number[];
  /** Resolves when a worker other than these is at work on calls. @throws Error when the server ends, or after a minute */
  newcomer(known: readonly number[]): Promise<number>;
  /** Tells it to end, and waits; answers the exit code. */
  end(): Promise<number | null>;
  output(): string;
}

/** Saves the quickstart's model into a home, and serves it from there. */
export async function serveDigits(mode: Mode, home: string): Promise<ServedDigits> {
  const env = { ...process.env, NODE_OPTIONS: "", BENTOML_HOME: home };
  await runCommand(process.execPath, [`${quickstart}dist/save-model.js`], { env });
  const child = spawn(process.execPath, commands[mode], { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close") as Promise<[number | null]>;
  let output = "";
  const url = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        // A line for each call is more than anybody wants to keep.
        output = (output + piece).slice(-20_000);
        const found = /"url":"([^"]+)"/.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
  });
  const early = ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code}:\n${output}`)));
  early.catch(() => undefined);
  return {
    url: await Promise.race([url, early]),
    workers: () => childrenOf(child.pid as number),
    newcomer: (known) => Promise.race([newcomerOf(child, known), early]),
    end: async () => {
      child.kill("SIGTERM");
      const [code] = await ended;
      return code;
    },
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** A worker that only started has written a quarter of that. Bytes. */
const writtenAtWork = 32 * 1024;

async function newcomerOf(child: ChildProcess, known: readonly number[]): Promise<number> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const found = childrenOf(child.pid as number).find((pid) => !known.includes(pid) && writtenBy(pid) > writtenAtWork);
    if (found !== undefined) return found;
    await pause(20);
  }
  throw new Error("no other worker came to work within a minute");
}

function writtenBy(pid: number): number {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
  } catch {
    // It is gone already.
    return 0;
  }
}
