import { workerData } from "node:worker_threads";

// A thread of a worker process. JavaScript, because a thread loads its file without any compiler.

/** Milliseconds between two looks. */
const everyMs = 500;

const { parent } = /** @type {{ parent: number }} */ (workerData);

// An orphan is adopted by another process.
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, everyMs);
