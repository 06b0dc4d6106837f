import cluster from "node:cluster";
import type { Duplex, Readable } from "node:stream";
import { isatty } from "node:tty";

import { logText } from "../log-text.js";
import { passOnLines, passOnWhole } from "../workers/stdio-lines.js";
import { deathSignal } from "../workers/death-signal.js";
import { childFile, hasPipes, serverEnv, type SpawnOptions } from "../workers/spawn-worker.js";
import type { Connected, Transport } from "../workers/transport.js";
import { noDescriptors } from "../workers/worker-errors.js";
import { connectionVariable, sharedConnectionFd, sharedLogFd } from "./descriptors.js";
import { HandOffs } from "./hand-offs.js";

/** What becomes of a worker process's descriptors; see `descriptors.ts`. */
const stdio = ["ignore", "pipe", "pipe", "ipc", "pipe", "pipe"];

/** Starts workers with `node:cluster`, so that they can listen on the port of this process. */
export class ClusterTransport implements Transport {
  readonly handOffs = new HandOffs();
  readonly #onLeave: (pid: number) => void;

  /** @param onLeave told of each process that listens no more */
  constructor(onLeave: (pid: number) => void) {
    this.#onLeave = onLeave;
  }

  connect({ name, env, execArgv, isWatched }: SpawnOptions): Connected {
    const own = { ...env, ...serverEnv(isWatched), [connectionVariable]: String(sharedConnectionFd) };
    const worker = fork(withoutMissing(own), execArgv, isWatched);
    const child = worker.process;
    // Whoever owns the process hears of its errors by itself.
    worker.on("error", () => undefined);
    if (!hasPipes(child)) {
      // node:cluster would go on counting it among its workers.
      child.emit("exit", null, null);
      throw noDescriptors(name);
    }
    worker.once("disconnect", () => this.#onLeave(child.pid as number));
    // Node does not say so of a process that a connection was on its way to, and goes on giving it others.
    child.once("exit", () => child.emit("disconnect"));
    this.handOffs.watch(child);
    if (child.stdout) passOnLines(child.stdout, () => process.stdout, name);
    if (child.stderr) passOnLines(child.stderr, () => process.stderr, name);
    // The declarations know of five descriptors.
    const pipes: readonly unknown[] = child.stdio;
    passOnWhole(pipes[sharedLogFd] as Readable, () => process.stdout, isatty(1) ? (lines) => logText(lines.toString()) : undefined);
    return { child, socket: Promise.resolve(pipes[sharedConnectionFd] as Duplex) };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The settings of `node:cluster`, and what it takes for `node`, are the whole process's: they are ours for one moment only. */
function fork(env: NodeJS.ProcessEnv, execArgv: readonly string[], isWatched: boolean) {
  const { settings } = cluster;
  const { execPath } = process;
  const [command, ...before] = isWatched ? [...deathSignal, execPath] : [execPath];
  cluster.setupPrimary({ exec: childFile, args: [], execArgv: [...before, ...execArgv], stdio, serialization: "json", windowsHide: true });
  process.execPath = command;
  try {
    return cluster.fork(env);
  } finally {
    process.execPath = execPath;
    Object.assign(cluster, { settings });
  }
}

/** `node:cluster` adds the environment of this process to what it is given; what is not to be there must be taken away. */
function withoutMissing(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const missing = Object.keys(process.env).filter((name) => env[name] === undefined);
  return { ...env, ...Object.fromEntries(missing.map((name) => [name, undefined])) };
}
