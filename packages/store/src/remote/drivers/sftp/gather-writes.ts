import type { Socket } from "node:net";

/**
 * Sends what is written until the end of this turn of the event loop at once. `ssh2` writes each packet in three pieces,
 * two of which have few bytes: without this, uploads take a fifth more of the processor's time.
 */
export function gatherWrites(socket: Pick<Socket, "cork" | "uncork">): void {
  socket.cork();
  process.nextTick(uncork, socket);
}

function uncork(socket: Pick<Socket, "uncork">): void {
  socket.uncork();
}
