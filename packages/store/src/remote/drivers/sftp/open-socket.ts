import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Bytes that are taken from the system at once. Node itself takes 64 KiB, which cuts many of the packets of SSH in two. */
const readBytes = 1024 * 1024;

/** Connects to a server. What comes from there is read in large pieces: that takes a tenth off the processor's time for a download. */
export function openSocket(
  host: string,
  port: number,
  signal: AbortSignal,
): { readonly socket: Socket; readonly connected: Promise<unknown> } {
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  const socket: Socket = connect({
    host,
    port,
    signal,
    onread: {
      buffer,
      callback: (length): boolean => {
        // A copy: whoever listens may keep it, and the memory is read into again.
        socket.emit("data", Buffer.from(buffer.subarray(0, length)));
        return true;
      },
    },
  });
  socket.on("error", () => {});
  // Until somebody listens: nothing is kept for them.
  socket.pause();
  socket.setNoDelay(true);
  return { socket, connected: once(socket, "connect") };
}
