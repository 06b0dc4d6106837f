import type { ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";

import { connectionFd } from "./handover.js";
import { type SpawnOptions, spawnWorker } from "./spawn-worker.js";
import { TcpTransport } from "./tcp-transport.js";

/** A process that was started, and its end of the connection once that is there. */
export interface Connected {
  readonly child: ChildProcess;
  readonly socket: Promise<Duplex>;
}

/** Starts a worker process and connects to it. */
export type Connect = () => Connected;

/** How server and workers are connected. */
export interface Transport extends AsyncDisposable {
  connect(options: SpawnOptions): Connected;
}

/** The transport that works here: sockets of their own where the system has them, else TCP on this machine. */
export async function openTransport(env: NodeJS.ProcessEnv = process.env): Promise<Transport> {
  const isSet = (env["BENTOML_NO_UDS"] ?? "") !== "";
  return isSet || process.platform === "win32" ? TcpTransport.open() : new SocketPairTransport();
}

/**
 * A pair of Unix sockets for each worker, one end of which it inherits: no name, so nothing to clean up, and nobody
 * else who could connect. When either process dies, however, the other one sees the connection end.
 */
class SocketPairTransport implements Transport {
  connect(options: SpawnOptions): Connected {
    const child = spawnWorker(options, ["ignore", "pipe", "pipe", "pipe"]);
    return { child, socket: Promise.resolve(child.stdio[connectionFd] as unknown as Duplex) };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
