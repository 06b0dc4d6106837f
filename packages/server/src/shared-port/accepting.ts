import net, { type Server } from "node:net";

/** What accepts connections; closing it leaves those that were accepted. */
export interface Accepting {
  close(): void;
}

/** Who waits for a server on a port. */
const watchers = new Map<number, (accepting: Accepting) => void>();
const { createServer } = net;

/**
 * Finds what accepts the connections of a port that workers share.
 *
 * `node:cluster` makes a server for it when the first worker listens, keeps it to itself, and stops accepting only when the
 * last worker has closed, at which moment those that it has accepted and not yet handed over are lost. A server that is
 * drained has to stop accepting first.
 */
export async function watchAccepting<T>(port: number, onAccepting: (accepting: Accepting) => void, listen: () => Promise<T>): Promise<T> {
  watchers.set(port, onAccepting);
  net.createServer = createWatched as typeof createServer;
  try {
    return await listen();
  } finally {
    watchers.delete(port);
    if (watchers.size === 0) net.createServer = createServer;
  }
}

function createWatched(...args: Parameters<typeof createServer>): Server {
  const server = createServer(...args) as Server & { _handle: Accepting | null };
  // The first to hear of it: node:cluster takes the handle away.
  server.once("listening", () => {
    const address = server.address();
    const watcher = typeof address === "object" && address !== null ? watchers.get(address.port) : undefined;
    if (server._handle !== null) watcher?.(server._handle);
  });
  return server;
}
