import type { ChildProcess } from "node:child_process";

/** How `node:cluster` hands a connection to a worker, and what it hears back. */
interface ClusterMessage {
  readonly cmd?: unknown;
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

interface Connection {
  close(): void;
}

/** Node's own word of a process that a descriptor came to and could not stay with. */
const notTaken = "NODE_HANDLE_NACK";
/** Pause of a worker that has no room for another connection. Milliseconds. */
const noRoomMs = 25;
/** So often a connection is offered before it is given up. */
const mostOffers = 4;

/**
 * The connections that are on their way to workers.
 *
 * `node:cluster` closes its own end of a connection once the worker says that it has it. Where the worker dies before, or
 * stands still and is killed, that end would stay open for ever, and the client wait as long: it is closed here.
 */
export class HandOffs {
  /** By the number of the message, which all workers share. */
  readonly #onTheWay = new Map<unknown, Connection>();
  /** How often a connection found no room. */
  readonly #refusals = new WeakMap<Connection, number>();
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
    child.on("internalMessage", ({ cmd, ack }: ClusterMessage) => {
      if (own.delete(ack)) this.#forget(ack);
      // They are sent one at a time.
      if (cmd === notTaken) for (const seq of own) setTimeout(() => own.has(seq) && this.#refused(child, seq), noRoomMs);
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

  /**
   * A worker has no descriptor left for a connection. Node drops the message then: `node:cluster` would wait for ever to
   * hear of it, and never give that worker another one. It is told what it waits for: to offer the connection to the next
   * worker or, when it was offered often enough, to close it, as a process does that accepts by itself.
   */
  #refused(child: ChildProcess, seq: unknown): void {
    const connection = this.#onTheWay.get(seq) as Connection;
    const refusals = (this.#refusals.get(connection) ?? 0) + 1;
    this.#refusals.set(connection, refusals);
    child.emit("internalMessage", { cmd: "NODE_CLUSTER", ack: seq, accepted: refusals === mostOffers });
  }

  #forget(seq: unknown): void {
    this.#onTheWay.delete(seq);
    if (this.#onTheWay.size === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
