import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";

import { BentoError } from "@bento/core";

import { passOnLines } from "./stdio-lines.js";

/** A process that was started, and its end of the connection once that is there. */
export interface Connected {
  readonly child: ChildProcess;
  readonly socket: Promise<Duplex>;
}

/** Starts a worker process and connects to it. */
export type Connect = () => Connected;

/** What a worker process is started with. */
export interface SpawnOptions {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  /** Options of `node` itself, such as the loader of TypeScript. */
  readonly execArgv: readonly string[];
}

/** The file that a worker process runs. */
const childFile = fileURLToPath(new URL("child/main.js", import.meta.url));
/** The file descriptor of the connection, in the worker. */
export const connectionFd = 3;

/** How server and workers are connected. */
export interface Transport extends AsyncDisposable {
  connect(options: SpawnOptions): Connected;
}

/** The transport that works here: sockets of their own where the system has them, else TCP on this machine. */
export async function openTransport(env: NodeJS.ProcessEnv = process.env): Promise<Transport> {
  const isSet = (env["BENTOML_NO_UDS"] ?? "") !== "";
  return isSet || process.platform === "win32" ? TcpTransport.open() : new SocketPairTransport();
}

/**
 * A pair of Unix sockets for each worker, one end of which it inherits: no name, so nothing to clean up, and nobody
 * else who could connect. When either process dies, however, the other one sees the connection end.
 */
class SocketPairTransport implements Transport {
  connect(options: SpawnOptions): Connected {
    const child = start(options, ["ignore", "pipe", "pipe", "pipe"], {});
    return { child, socket: Promise.resolve(child.stdio[connectionFd] as unknown as Duplex) };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** How long somebody who connected may take to say who it is. Milliseconds. */
const greetingMs = 10_000;
const secretBytes = 32;

/** A port on 127.0.0.1. Each worker gets a secret over its standard input, and sends it as the first bytes. */
class TcpTransport implements Transport {
  readonly #server: Server;
  readonly #expected = new Map<string, (socket: Socket) => void>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#greet(socket));
  }

  static async open(): Promise<TcpTransport> {
    const server = createServer({ noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    server.unref();
    return new TcpTransport(server);
  }

  connect(options: SpawnOptions): Connected {
    const secret = randomBytes(secretBytes);
    const child = start(options, ["pipe", "pipe", "pipe"], { BENTO_WORKER_PORT: String((this.#server.address() as AddressInfo).port) });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(secret);
    const key = secret.toString("hex");
    const socket = new Promise<Socket>((resolve, reject) => {
      this.#expected.set(key, resolve);
      child.once("exit", () => {
        this.#expected.delete(key);
        reject(new BentoError("BENTO_WORKER_FAILED", `The worker ${options.name} ended before it connected.`));
      });
    });
    return { child, socket };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }

  #greet(socket: Socket): void {
    const timer = setTimeout(() => socket.destroy(), greetingMs).unref();
    socket.on("error", () => socket.destroy());
    const onReadable = (): void => {
      const greeting = socket.read(secretBytes) as Buffer | null;
      if (greeting === null) return;
      socket.off("readable", onReadable);
      clearTimeout(timer);
      const key = [...this.#expected.keys()].find((hex) => timingSafeEqual(Buffer.from(hex, "hex"), greeting));
      const take = key === undefined ? undefined : this.#expected.get(key);
      if (key === undefined || take === undefined) return void socket.destroy();
      // One worker, one connection.
      this.#expected.delete(key);
      take(socket);
    };
    socket.on("readable", onReadable);
  }
}

function start({ name, env, execArgv }: SpawnOptions, stdio: ("ignore" | "pipe")[], more: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, [...execArgv, childFile], { env: { ...env, ...more }, stdio, windowsHide: true });
  if (child.stdout) passOnLines(child.stdout, process.stdout, name);
  if (child.stderr) passOnLines(child.stderr, process.stderr, name);
  return child;
}
