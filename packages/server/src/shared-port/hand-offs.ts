import type { ChildProcess } from "node:child_process";

/** How `node:cluster` hands a connection to a worker, and what it hears back. */
interface ClusterMessage {
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

interface Connection {
  close(): void;
}

/**
 * The connections that are on their way to workers.
 *
 * `node:cluster` closes its own end of a connection once the worker says that it has it. Where the worker dies before, or
 * stands still and is killed, that end would stay open for ever, and the client wait as long: it is closed here.
 */
export class HandOffs {
  /** By the number of the message, which all workers share. */
  readonly #onTheWay = new Map<unknown, Connection>();
  #onIdle: (() => void)[] = [];

  /** Looks after what is given to a worker. */
  watch(child: ChildProcess): void {
    const own = new Set<unknown>();
    const send = child.send.bind(child) as (...args: unknown[]) => boolean;
    child.send = (...args: unknown[]) => {
      const [message, connection] = args as [ClusterMessage, Connection | undefined];
      if (message.act === "newconn" && connection !== undefined) {
        this.#onTheWay.set(message.seq, connection);
        own.add(message.seq);
      }
      return send(...args);
    };
    // What this worker did not take is on its way to the next one by the time that this is told.
    child.on("internalMessage", ({ ack }: ClusterMessage) => {
      if (own.delete(ack)) this.#forget(ack);
    });
    child.once("disconnect", () => {
      for (const seq of own) {
        this.#onTheWay.get(seq)?.close();
        this.#forget(seq);
      }
    });
  }

  /** Resolves when every connection that was accepted is with a worker. */
  idle(): Promise<void> {
    return this.#onTheWay.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #forget(seq: unknown): void {
    this.#onTheWay.delete(seq);
    if (this.#onTheWay.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
