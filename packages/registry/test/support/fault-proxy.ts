import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** What is done to one connection. */
export interface Fault {
  readonly kind: "drop" | "end" | "corrupt" | "delay";
  /** In which direction: what the client sends, or what comes back. */
  readonly on: "request" | "response";
  /** After so many bytes of that direction. */
  readonly at: number;
}

/** How long a delayed connection stands still. Milliseconds. */
const delayMs = 30;

/**
 * A network that is not well, between a client and a server: each connection meets the fault that is chosen for it, or
 * none. `drop` cuts it, `end` ends it as if all had been said, `corrupt` turns a bit over, `delay` holds it up.
 */
export class FaultProxy implements AsyncDisposable {
  /** How often each fault came about. */
  readonly met: Record<Fault["kind"], number> = { drop: 0, end: 0, corrupt: 0, delay: 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  private constructor(port: number, faultOf: (connection: number) => Fault | undefined) {
    this.#server = createServer((client) => {
      const server = connect(port, "127.0.0.1");
      const fault = faultOf((this.#connections += 1));
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
      }
      this.#pass([client, server], fault?.on === "request" ? fault : undefined);
      this.#pass([server, client], fault?.on === "response" ? fault : undefined);
    });
  }

  static async start(port: number, faultOf: (connection: number) => Fault | undefined): Promise<FaultProxy> {
    const proxy = new FaultProxy(port, faultOf);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass([from, to]: readonly [Socket, Socket], fault: Fault | undefined): void {
    let passed = 0;
    let isMet = false;
    from.on("data", (chunk: Buffer) => {
      const before = passed;
      passed += chunk.length;
      if (fault === undefined || isMet || passed <= fault.at) return this.#write(from, to, chunk);
      isMet = true;
      this.met[fault.kind] += 1;
      this.#meet([from, to], fault.kind, { chunk, at: fault.at - before });
    });
    from.once("end", () => to.end());
    from.once("close", () => to.destroy());
  }

  #meet([from, to]: readonly [Socket, Socket], kind: Fault["kind"], { chunk, at }: { readonly chunk: Buffer; readonly at: number }): void {
    if (kind === "drop") {
      from.destroy();
      to.destroy();
    } else if (kind === "end") {
      to.end(chunk.subarray(0, at));
      from.destroy();
    } else if (kind === "corrupt") {
      chunk[at] = (chunk[at] as number) ^ 4;
      this.#write(from, to, chunk);
    } else {
      from.pause();
      setTimeout(() => {
        this.#write(from, to, chunk);
        from.resume();
      }, delayMs);
    }
  }

  #write(from: Socket, to: Socket, chunk: Buffer): void {
    if (to.destroyed || to.write(chunk)) return;
    from.pause();
    to.once("drain", () => from.resume());
  }
}
