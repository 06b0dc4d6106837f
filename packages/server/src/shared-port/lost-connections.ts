import type { ChildProcess } from "node:child_process";

/** How `node:cluster` hands a connection to a worker, and what it hears back. */
interface ClusterMessage {
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

/**
 * Closes the connections that were on their way to a worker when it died.
 *
 * `node:cluster` closes its own end of a connection once the worker says that it has it. Where the worker dies before, or
 * stands still and is killed, that end stays open for ever, and the client waits as long.
 */
export function closeLostConnections(child: ChildProcess): void {
  const onTheWay = new Map<unknown, { close(): void }>();
  const send = child.send.bind(child) as (...args: unknown[]) => boolean;
  child.send = (...args: unknown[]) => {
    const [message, connection] = args as [ClusterMessage, { close(): void } | undefined];
    if (message.act === "newconn" && connection !== undefined) onTheWay.set(message.seq, connection);
    return send(...args);
  };
  child.on("internalMessage", ({ ack }: ClusterMessage) => onTheWay.delete(ack));
  child.once("disconnect", () => {
    for (const connection of onTheWay.values()) connection.close();
    onTheWay.clear();
  });
}
