import { maxPieceBytes } from "./frame.js";
import type { FramedSocket } from "./framed-socket.js";
import type { SendWindow } from "./window.js";

/** Where the pieces of a body go. */
export interface Outlet {
  readonly window: SendWindow;
  readonly socket: Pick<FramedSocket, "isFull" | "drained">;
}

/** Whether the next piece has to wait: nobody sends further ahead than his window, nor than the socket takes. */
export function mustWait({ window, socket }: Outlet): boolean {
  return !window.isClosed && (window.left <= 0 || socket.isFull);
}

/** Resolves when {@link mustWait} is worth to be asked again. */
export function change({ window, socket }: Outlet): Promise<void> {
  return window.left > 0 ? socket.drained() : window.changed();
}

/**
 * Sends bytes in pieces as there is room for them, unless the window is closed before.
 * @param send sends one piece
 */
export async function sendPieces(bytes: Uint8Array, outlet: Outlet, send: (piece: Uint8Array) => void): Promise<void> {
  const { window } = outlet;
  for (let at = 0; at < bytes.length;) {
    while (mustWait(outlet)) await change(outlet);
    if (window.isClosed) return;
    const piece = bytes.subarray(at, at + Math.min(maxPieceBytes, window.left));
    window.use(piece.length);
    send(piece);
    at += piece.length;
  }
}
