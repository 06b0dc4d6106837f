import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What stands between a client and a server, and can break connections as networks do. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  /** Connections that were made so far. */
  readonly made: number;
  /** Ends all connections, on both sides: as a program that goes away does, or as a network that has lost them, without what is still on its way. */
  cut(how?: "close" | "reset"): void;
  /** From now on connections are refused, or not any more. */
  refuse(isRefusing: boolean): void;
}

/** A proxy before the server at this URL. */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { port, hostname } = new URL(target);
  const sockets = new Set<Socket>();
  let made = 0;
  let isRefusing = false;
  const server = createServer((client) => {
    if (isRefusing) return void client.destroy();
    made += 1;
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (how: "close" | "reset" = "close"): void => {
    for (const socket of sockets) {
      if (how === "reset") socket.resetAndDestroy();
      else socket.destroy();
    }
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get made() {
      return made;
    },
    cut,
    refuse: (wanted) => {
      isRefusing = wanted;
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
