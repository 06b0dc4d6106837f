import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** A program that serves, and a call that it answers once it does. */
export interface StartOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** Of the endpoint: `/predict`. */
  readonly path: string;
  /** JSON. */
  readonly input: unknown;
  readonly answer: unknown;
}

/** How long a program took to its first answer. Milliseconds. */
export interface StartTime {
  /** Since the process was started. */
  readonly ofProgram: number;
  /** Since the time, in milliseconds since 1970, that it printed in a line of its own; without such a line, as above. */
  readonly ofServe: number;
}

/** Pause after an attempt that came to nothing. Milliseconds. */
const betweenAttemptsMs = 5;

/**
 * Starts a program, and ends it when it has answered.
 * @throws Error with what it printed, when it ends before, or when the answer is a wrong one
 */
export async function timeFirstAnswer(options: StartOptions): Promise<StartTime> {
  const began = performance.now();
  // Node reads all of these certificates before it does anything else, in every process; no machine has to have them.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const child = spawn(options.file, options.args, {
    cwd: options.cwd,
    env: { ...env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (piece: string) => (printed += piece));
  const ended = once(child, "exit");
  try {
    for (;;) {
      const text = (await isOpen(options.port)) ? await ask(options) : undefined;
      const ms = performance.now() - began;
      if (text !== undefined) {
        if (JSON.stringify(JSON.parse(text)) !== JSON.stringify(options.answer)) throw new Error(`a wrong first answer: ${text}`);
        const said = /^\d{13}\.\d+$/m.exec(printed)?.[0];
        return { ofProgram: ms, ofServe: said === undefined ? ms : performance.timeOrigin + began + ms - Number(said) };
      }
      if (!isRunning(child)) throw new Error(`${options.file} ended before it answered:\n${printed}`);
      await pause(betweenAttemptsMs);
    }
  } finally {
    child.kill("SIGTERM");
    const inTime = await Promise.race([ended.then(() => true), pause(20_000, false, { ref: false })]);
    if (!inTime) process.kill(-(child.pid as number), "SIGKILL");
    await ended;
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Whether anything listens. A request for each look would take a fifth of a processor from what is measured. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** One attempt, on a connection of its own: the body of an answer with status 200. */
function ask({ port, path, input }: StartOptions): Promise<string | undefined> {
  return new Promise((resolve) => {
    const body = JSON.stringify(input);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request({ host: "127.0.0.1", port, path, method: "POST", agent: false, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve(response.statusCode === 200 ? text : undefined));
      response.on("error", () => resolve(undefined));
    });
    sent.on("error", () => resolve(undefined));
    sent.end(body);
  });
}
