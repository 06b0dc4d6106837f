import { spawn } from "node:child_process";

/** Runs a command that the system kills when the one who started it dies. Part of util-linux. */
export const deathSignal = ["setpriv", "--pdeathsig", "KILL", "--"] as const;
let canWatch: Promise<boolean> | undefined;

/**
 * Whether the system ends a worker when this process dies, however busy the worker is, and even if it is stopped. Where
 * it does not, a thread in the worker has to look.
 */
export function hasDeathSignal(): Promise<boolean> {
  return (canWatch ??= tryDeathSignal());
}

function tryDeathSignal(): Promise<boolean> {
  if (process.platform !== "linux") return Promise.resolve(false);
  const [file, ...args] = deathSignal;
  return new Promise((resolve) => {
    const tried = spawn(file, [...args, "true"], { stdio: "ignore" });
    tried.once("error", () => resolve(false));
    tried.once("exit", (code) => resolve(code === 0));
  });
}
