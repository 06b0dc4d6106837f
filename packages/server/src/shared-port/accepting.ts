import net, { type Server } from "node:net";

import type { Accepting } from "../http-listener.js";

/** Who looks after what accepts the connections of a port. */
export interface AcceptingKeeper {
  /** What accepts there already and is to go on with it; `undefined` where nothing does. */
  handOver(): Accepting | undefined;
  /** This accepts there from now on, for the workers. */
  begin(accepting: Accepting): void;
  /** No worker is left that it could accept for. @returns whether it is kept; it is closed otherwise */
  keep(accepting: Accepting): boolean;
}

/** Who waits for a server, once for each worker that begins to listen. */
const waiting = new Set<{ readonly port: number; readonly keeper: AcceptingKeeper }>();
const { createServer } = net;

/**
 * Looks after what accepts the connections of a port that workers share, while they begin to listen there.
 *
 * `node:cluster` makes a server for it when the first worker listens, keeps it to itself, and closes it when the last
 * worker is gone. A server that is drained has to stop accepting before that, lest what was accepted meanwhile is lost;
 * one whose workers all died has to go on, lest nobody answers until the next one listens.
 */
export async function keepAccepting<T>(port: number, keeper: AcceptingKeeper, listen: () => Promise<T>): Promise<T> {
  const own = { port, keeper };
  waiting.add(own);
  net.createServer = createKept as typeof createServer;
  try {
    return await listen();
  } finally {
    waiting.delete(own);
    if (waiting.size === 0) net.createServer = createServer;
  }
}

interface WithHandle extends Server {
  readonly _handle: Accepting | null;
}

function createKept(...args: Parameters<typeof createServer>): Server {
  const server = createServer(...args) as WithHandle;
  const listen = server.listen.bind(server) as (...where: unknown[]) => Server;
  server.listen = (...where: unknown[]): WithHandle => {
    const [address] = where as [{ readonly port?: unknown } | undefined];
    const keeper = [...waiting].find(({ port }) => port === address?.port)?.keeper;
    // The first to hear of it: node:cluster takes the handle away.
    if (keeper !== undefined) server.once("listening", () => server._handle !== null && look(server._handle, keeper));
    listen(keeper?.handOver() ?? address, ...where.slice(1));
    return server;
  };
  return server;
}

function look(accepting: Accepting, keeper: AcceptingKeeper): void {
  accepting.close = () => {
    delete (accepting as Partial<Accepting>).close;
    if (!keeper.keep(accepting)) accepting.close();
  };
  keeper.begin(accepting);
}
