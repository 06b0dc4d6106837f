// The program of a worker process: connects to its server, starts the service, answers calls until it is told to stop.
import { readFileSync } from "node:fs";
import { connect, Socket } from "node:net";
import { Worker } from "node:worker_threads";

import { connectionFd } from "../transport.js";
import { WorkerRun } from "./worker-run.js";

// A terminal's Ctrl-C reaches every process of the group, and so may the SIGTERM of a supervisor: the server decides.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);

const port = process.env["BENTO_WORKER_PORT"];
// What the service starts in turn must not take itself for a worker.
delete process.env["BENTO_WORKER_PORT"];

// A worker whose event loop stands still does not see its connection end: a thread looks whether the server still lives.
new Worker(new URL("parent-watch.js", import.meta.url), { workerData: { parent: process.ppid } }).unref();

const socket = port === undefined ? new Socket({ fd: connectionFd, readable: true, writable: true }) : dial(Number(port));
new WorkerRun(socket);

function dial(to: number): Socket {
  const secret = readFileSync(0);
  const dialled = connect({ port: to, host: "127.0.0.1", noDelay: true });
  dialled.write(secret);
  return dialled;
}
