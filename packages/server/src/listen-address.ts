import { type AddressInfo, Server as NetServer } from "node:net";

import { BentoError } from "@bento/core";

/**
 * Connections that may wait to be accepted. More than any system allows, which then takes its own limit: what comes in one
 * moment is to be answered, if only that there is too much of it. Node's 511 would leave the rest to be reset.
 */
const backlog = 65_535;

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/** A port that nobody listens on now: this one, or any. @throws BENTO_LISTEN_FAILED */
export async function freePort(address: ListenAddress): Promise<number> {
  const server = new NetServer();
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when a server listens. @throws BENTO_LISTEN_FAILED when host and port cannot be had */
export function listen(server: NetServer, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenFailed(host, port, cause)));
    server.listen({ host, port, backlog }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

const listenHints: Partial<Record<string, string>> = {
  EADDRINUSE: "Another program listens there; stop it, or choose another port (0 takes any free one).",
  EACCES: "Ports below 1024 need special rights; choose another port.",
  EADDRNOTAVAIL: "The host is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all of them.",
  ENOTFOUND: "The host cannot be resolved; use 127.0.0.1, or 0.0.0.0 for all addresses of this machine.",
};

function listenFailed(host: string, port: number, cause: NodeJS.ErrnoException): BentoError {
  return new BentoError("BENTO_LISTEN_FAILED", `Cannot listen on ${host}:${port}: ${cause.message}`, {
    cause,
    hint: listenHints[cause.code ?? ""],
  });
}
