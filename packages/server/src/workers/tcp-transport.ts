import type * as Crypto from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

import { BentoError } from "@bento/core";

import { portVariable } from "./handover.js";
import { type SpawnOptions, spawnWorker } from "./spawn-worker.js";
import type { Connected, Transport } from "./transport.js";

/** How long somebody who connected may take to say who it is. Milliseconds. */
const defaultGreetingMs = 5000;
const secretBytes = 32;
/** Connections that have not yet said who they are; of more, the oldest goes. */
const mostStrangers = 64;

/** Loaded where it is needed: it would cost every start of a server three milliseconds, and few connect in this way. */
const crypto = (): typeof Crypto => process.getBuiltinModule("node:crypto");

interface Expected {
  readonly secret: Buffer;
  readonly take: (socket: Socket) => void;
}

/** A port on 127.0.0.1. Each worker gets a secret over its standard input, and sends it as the first bytes. */
export class TcpTransport implements Transport {
  readonly #server: Server;
  readonly #expected = new Set<Expected>();
  readonly #strangers = new Set<Socket>();

  readonly #greetingMs: number;

  private constructor(server: Server, greetingMs: number) {
    this.#server = server;
    this.#greetingMs = greetingMs;
    server.on("connection", (socket) => this.#greet(socket));
  }

  static async open(greetingMs: number = defaultGreetingMs): Promise<TcpTransport> {
    const server = createServer({ noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    server.unref();
    return new TcpTransport(server, greetingMs);
  }

  /** The port that workers connect to. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  connect(options: SpawnOptions): Connected {
    const secret = crypto().randomBytes(secretBytes);
    const env = { ...options.env, [portVariable]: String(this.port) };
    const child = spawnWorker({ ...options, env }, ["pipe", "pipe", "pipe"]);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(secret);
    const socket = new Promise<Socket>((resolve, reject) => {
      const expected: Expected = { secret, take: resolve };
      this.#expected.add(expected);
      const forget = (): void => {
        this.#expected.delete(expected);
        reject(new BentoError("BENTO_WORKER_FAILED", `The worker ${options.name} ended before it connected.`));
      };
      child.once("exit", forget);
      child.once("error", forget);
    });
    return { child, socket };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stranger of this.#strangers) stranger.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Finds out who it is; whoever is nobody, or says nothing, is dropped. */
  #greet(socket: Socket): void {
    socket.on("error", () => socket.destroy());
    if (this.#expected.size === 0) return void socket.destroy();
    this.#strangers.add(socket);
    const [oldest] = this.#strangers;
    if (this.#strangers.size > mostStrangers) oldest?.destroy();
    const timer = setTimeout(() => socket.destroy(), this.#greetingMs).unref();
    const forget = (): void => {
      clearTimeout(timer);
      this.#strangers.delete(socket);
    };
    socket.once("close", forget);
    const onReadable = (): void => {
      const greeting = socket.read(secretBytes) as Buffer | null;
      if (greeting === null) return;
      socket.off("readable", onReadable);
      socket.off("close", forget);
      forget();
      this.#admit(socket, greeting);
    };
    socket.on("readable", onReadable);
  }

  #admit(socket: Socket, greeting: Buffer): void {
    const known = [...this.#expected].find(({ secret }) => secret.length === greeting.length && crypto().timingSafeEqual(secret, greeting));
    if (known === undefined) return void socket.destroy();
    // One worker, one connection.
    this.#expected.delete(known);
    known.take(socket);
  }
}
