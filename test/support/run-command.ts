import { spawn } from "node:child_process";

/** How a command is run. */
export interface CommandOptions {
  /** Default: the folder of this process. */
  readonly cwd?: string | URL | undefined;
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Exit codes that count as success. Default: 0 alone. */
  readonly accept?: readonly number[] | undefined;
  /** Milliseconds until the command is killed. Default: 10 minutes. */
  readonly timeoutMs?: number | undefined;
}

/** What a finished command printed. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, without a shell.
 * @throws Error with the command line, how it ended and everything it printed, unless it ended with an accepted code
 */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.timeoutMs ?? 600_000,
    killSignal: "SIGKILL",
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const commandLine = [file, ...args].join(" ");
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", (cause) => reject(new Error(`"${commandLine}" could not be started.`, { cause })));
    child.once("close", (...ended) => resolve(ended));
  });
  const result = { code: code ?? -1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  if (!(options.accept ?? [0]).includes(result.code)) {
    throw new Error(`"${commandLine}" ended with ${signal ?? `code ${code}`}.\n${result.stdout}\n${result.stderr}`);
  }
  return result;
}
