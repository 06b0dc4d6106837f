import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

/** How a server program is started. */
export interface ProgramOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What answers 200 as soon as the program is ready, or how to find that URL in what it printed so far. */
  readonly readyUrl: string | ((printed: string) => string | undefined);
  /** Milliseconds the start may take. */
  readonly deadlineMs: number;
}

/** A server in a process of its own, ready for requests; leaving its scope stops it and everything it started. */
export interface RunningProgram extends AsyncDisposable {
  /** Everything printed so far. */
  output(): string;
  /** Sends SIGTERM and waits for the end; answers the exit code. */
  stop(): Promise<number | null>;
  /** What Ctrl-C does in a terminal: SIGINT to the program and all that it started; waits for the end and answers the exit code. */
  interrupt(): Promise<number | null>;
}

/** @throws Error with the program's output when it ends early or is not ready in time */
export async function startProgram(options: ProgramOptions): Promise<RunningProgram> {
  let printed = "";
  const child = spawn(options.file, options.args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, so that nothing the program started can outlive it.
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const ended = once(child, "close");
  const end = async (send: () => void): Promise<number | null> => {
    if (isRunning(child)) send();
    const inTime = await Promise.race([ended.then(() => true), pause(20_000, false, { ref: false })]);
    killGroup(child);
    if (!inTime) throw new Error(`${options.file} did not end within 20 s of being told to.\n${printed}`);
    return child.exitCode;
  };
  const stop = (): Promise<number | null> => end(() => child.kill("SIGTERM"));
  const program: RunningProgram = {
    output: () => printed,
    stop,
    interrupt: () => end(() => process.kill(-(child.pid as number), "SIGINT")),
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
  try {
    await untilReady(child, options, () => printed);
  } catch (error) {
    killGroup(child);
    throw new Error(`${String(error)}\n${printed}`, { cause: error });
  }
  return program;
}

async function untilReady(child: ChildProcess, { readyUrl, deadlineMs, file }: ProgramOptions, printed: () => string): Promise<void> {
  let failure: unknown;
  child.once("error", (error) => (failure = error));
  const deadline = Date.now() + deadlineMs;
  while (Date.now() < deadline) {
    if (failure !== undefined || !isRunning(child)) throw new Error(`${file} ended before it was ready.`, { cause: failure });
    const url = typeof readyUrl === "string" ? readyUrl : readyUrl(printed());
    if (url !== undefined && (await answersOk(url))) return;
    await pause(50);
  }
  throw new Error(`${file} was not ready within ${deadlineMs} ms.`);
}

async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.status === 200;
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The whole group is gone already: what a clean stop leaves.
  }
}
