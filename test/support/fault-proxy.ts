import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Direction, type Fault, FaultyPipe, type PipeHooks, reset } from "./faulty-pipe.js";
import { throughListeners } from "./ftp-passive.js";

/** A connection that is about to be made. */
export interface Connection {
  /** From 1 on, in the order in which they came. */
  readonly number: number;
  /** The server's port: with FTP, connections for data go to others. */
  readonly port: number;
}

/** What befalls a connection. Asked before the server is reached, which waits for the answer. */
export type FaultsOf = (connection: Connection) => readonly Fault[] | Fault | undefined | Promise<readonly Fault[]>;

/** How a proxy is put between. */
export interface FaultProxyOptions {
  /** Default: nothing befalls anybody. */
  readonly faultsOf?: FaultsOf | undefined;
  /** Where it listens. Default 127.0.0.1; the server is always there. */
  readonly host?: string | undefined;
  /** Listens there at the server's own port and at these, where another address than the server's makes that possible: for ports that are agreed on in secret. */
  readonly ports?: readonly number[] | undefined;
  /** Whether ports that an FTP server says in plain text are led through the proxy too. */
  readonly isFtp?: boolean | undefined;
}

/**
 * A network that is not well, between clients and a server of this machine. Each connection meets the faults that are
 * chosen for it; what happened can be counted and waited for.
 */
export class FaultProxy implements AsyncDisposable {
  readonly host: string;
  /** Where clients are to go instead of to the server. */
  readonly port: number;
  /** How often each fault came about. */
  readonly met: Record<Fault["kind"], number> = { drop: 0, close: 0, truncate: 0, corrupt: 0, hold: 0, throttle: 0 };
  /** What came through. */
  readonly bytes: Record<Direction, number> = { request: 0, response: 0 };
  /** All that were ever made. */
  connections = 0;
  /** May be exchanged at any time, for the connections that come then. */
  faultsOf: FaultsOf;
  readonly #isFtp: boolean;
  readonly #mainPort: number;
  readonly #servers = new Map<number, Server>();
  readonly #open = new Set<Socket>();
  readonly #waiters = new Set<() => void>();

  private constructor(server: Server, port: number, options: FaultProxyOptions) {
    const address = server.address() as AddressInfo;
    this.host = address.address;
    this.port = address.port;
    this.faultsOf = options.faultsOf ?? (() => undefined);
    this.#isFtp = options.isFtp ?? false;
    this.#mainPort = port;
    this.#serve(server, port);
  }

  /** @param port of the server */
  static async start(port: number, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const { host = "127.0.0.1", ports } = options;
    const proxy = new FaultProxy(await listen(host, ports === undefined ? 0 : port), port, options);
    for (const other of ports ?? []) proxy.#serve(await listen(host, other), other);
    return proxy;
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** How many sockets are open at this moment: two for each connection. */
  get open(): number {
    return this.#open.size;
  }

  /** Waits until something is so: looked at after every connection, fault, end and piece. */
  async until(isSo: (proxy: this) => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!isSo(this)) return;
        this.#waiters.delete(look);
        resolve();
      };
      this.#waiters.add(look);
      look();
    });
  }

  /** Breaks every connection that there is. */
  dropAll(): void {
    for (const socket of this.#open) reset(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    for (const server of this.#servers.values()) {
      server.close();
      await once(server, "close");
    }
  }

  #serve(server: Server, port: number): void {
    this.#servers.set(port, server);
    server.on("connection", (client) => void this.#connect(client, port));
  }

  async #connect(client: Socket, port: number): Promise<void> {
    this.#watch(client);
    this.connections += 1;
    const chosen = (await this.faultsOf({ number: this.connections, port })) ?? [];
    const faults = "kind" in chosen ? [chosen] : chosen;
    if (client.destroyed) return;
    const gone = new AbortController();
    client.once("close", () => gone.abort());
    const server = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.#watch(server);
    server.once("error", () => reset(client));
    const translate =
      this.#isFtp && port === this.#mainPort ? (chunk: Buffer) => throughListeners(chunk, (to) => this.#lead(to)) : undefined;
    this.#changed();
    const pass = (on: Direction, [from, to]: readonly [Socket, Socket], changes?: typeof translate): Promise<void> => {
      const own = faults.filter((fault) => fault.on === on);
      return new FaultyPipe({ from, to, gone: gone.signal }, own, this.#hooks(on, changes)).run();
    };
    await Promise.all([pass("request", [client, server]), pass("response", [server, client], translate)]);
  }

  #hooks(on: Direction, translate: PipeHooks["translate"]): PipeHooks {
    return {
      moved: (bytes) => {
        this.bytes[on] += bytes;
        this.#changed();
      },
      met: ({ kind }) => {
        this.met[kind] += 1;
        this.#changed();
      },
      translate,
    };
  }

  /** The port of this proxy that leads to one of the server. */
  async #lead(port: number): Promise<number> {
    const server = this.#servers.get(port) ?? (await listen(this.host, 0));
    if (!this.#servers.has(port)) this.#serve(server, port);
    return (server.address() as AddressInfo).port;
  }

  #watch(socket: Socket): void {
    this.#open.add(socket);
    socket
      .on("error", () => {})
      .once("close", () => {
        this.#open.delete(socket);
        this.#changed();
      });
  }

  #changed(): void {
    for (const look of this.#waiters) look();
  }
}

async function listen(host: string, port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(port, host);
  await once(server, "listening");
  return server;
}
