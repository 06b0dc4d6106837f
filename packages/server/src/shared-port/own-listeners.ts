import type Cluster from "node:cluster";

/** Not imported, since only workers that share a port need it: these have loaded it already. */
const cluster = (): typeof Cluster => process.getBuiltinModule("node:cluster") as unknown as typeof Cluster;

/**
 * Lets a worker's servers be its own again: in a worker of `node:cluster` every server would share its port with those of
 * the other workers, also one that the service opens for itself.
 */
export function keepListenersApart(): void {
  Object.assign(cluster(), { isPrimary: true, isMaster: true, isWorker: false });
}

/** Opens a server on the port that all workers share. */
export async function listenTogether<T>(listen: () => Promise<T>): Promise<T> {
  Object.assign(cluster(), { isPrimary: false, isMaster: false, isWorker: true });
  try {
    return await listen();
  } finally {
    keepListenersApart();
  }
}
