// Runs the programs that the other scripts are made of.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const isWindows = process.platform === "win32";
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** Says what happens next, on a line of its own. */
export function say(text) {
  console.log(`[bento] ${text}`);
}

/**
 * Runs a program in the repository to its end and resolves with its exit code.
 *
 * The program gets a process group of its own, so that an interrupt reaches it and everything it started exactly once; this
 * process then ends too. Nothing is left running.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, quiet?: boolean }} options `quiet` shows the output only when it failed
 */
export function run(command, args, { env = {}, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
      detached: !isWindows,
      shell: isWindows,
    });
    const output = [];
    child.stdout?.on("data", (piece) => output.push(piece));
    child.stderr?.on("data", (piece) => output.push(piece));
    let interruptedBy;
    const forward = (signal) => {
      interruptedBy = signal;
      if (isWindows || child.pid === undefined) child.kill(signal);
      else process.kill(-child.pid, signal);
    };
    const signals = ["SIGHUP", "SIGINT", "SIGTERM"];
    for (const signal of signals) process.on(signal, forward);
    const settle = () => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.on("error", (error) => {
      settle();
      reject(error);
    });
    child.on("close", (code, signal) => {
      settle();
      if (interruptedBy) process.exit(exitCodes[interruptedBy]);
      if (code !== 0) for (const piece of output) process.stdout.write(piece);
      resolve(code ?? exitCodes[signal] ?? 1);
    });
  });
}

/** Runs a tool of the workspace, such as `tsc`, by its own Node entry: no shell and no `.cmd` file between. */
export function runTool(name, args, options) {
  return run(isWindows ? `node_modules\\.bin\\${name}.cmd` : `node_modules/.bin/${name}`, args, options);
}

/** Runs a program that has to succeed: ends this process with its exit code when it does not. */
export async function mustSucceed(what, running) {
  const code = await running;
  if (code === 0) return;
  console.error(`[bento] ${what} failed (exit code ${code}).`);
  process.exit(code);
}
