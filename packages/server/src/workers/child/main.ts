// The program of a worker process: connects to its server, starts the service, answers calls until it is told to stop.
// What most workers do not need is loaded where it is needed: all of them would start later for it.
import { readFileSync } from "node:fs";
import { connect, Socket } from "node:net";

import { connectionVariable } from "../../shared-port/descriptors.js";
import { keepListenersApart } from "../../shared-port/own-listeners.js";
import { connectionFd, portVariable, serverVariable, watchedVariable } from "../handover.js";
import { WorkerRun } from "./worker-run.js";

// A terminal's Ctrl-C reaches every process of the group, and so may the SIGTERM of a supervisor: the server decides.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);

const server = Number(takeVariable(serverVariable) ?? process.ppid);
const port = takeVariable(portVariable);
const isWatched = takeVariable(watchedVariable) !== undefined;
const clusterFd = takeVariable(connectionVariable);
if (clusterFd !== undefined) keepListenersApart();

// It died before this process could notice.
if (process.ppid !== server) process.exit(1);
// A worker whose event loop stands still does not see its connection end: a thread looks whether the server still lives,
// unless the system does. It takes memory and time to start.
if (!isWatched || hasMoreRights()) {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  new Worker(new URL("parent-watch.js", import.meta.url), { workerData: { parent: server } }).unref();
}

WorkerRun.begin(
  port === undefined ? new Socket({ fd: Number(clusterFd ?? connectionFd), readable: true, writable: true }) : dial(Number(port)),
);

/** What the service starts in turn must not take itself for a worker. */
function takeVariable(name: string): string | undefined {
  const value = process.env[name];
  delete process.env[name];
  return value;
}

/** Whether the `node` here has capabilities of its own, such as that to listen on port 80: then Linux forgets whose death it is to tell. */
function hasMoreRights(): boolean {
  try {
    return process.getuid?.() !== 0 && !/^CapPrm:\s*0+$/m.test(readFileSync("/proc/self/status", "utf8"));
  } catch {
    return true;
  }
}

function dial(to: number): Socket {
  const secret = readFileSync(0);
  const dialled = connect({ port: to, host: "127.0.0.1", noDelay: true });
  dialled.write(secret);
  return dialled;
}
