import { maxPieceBytes } from "./frame.js";

/** What may be on its way and not yet taken, for each body. Bytes; both sides know it. */
export const windowBytes = 1 << 20;

/** The window of a body that is being sent: how much of it the other side lets come. */
export class SendWindow {
  #left = windowBytes;
  #wake: (() => void) | undefined;
  #isClosed = false;

  /** How many bytes may be sent now. */
  get left(): number {
    return this.#left;
  }

  /** Nobody waits for more of the body. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes bytes out of the window. */
  use(bytes: number): void {
    this.#left -= bytes;
  }

  /** The other side has taken bytes. */
  credit(bytes: number): void {
    this.#left = Math.min(windowBytes, this.#left + bytes);
    this.#wake?.();
  }

  /** The body is not wanted any more; whoever waits goes on. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** Resolves when there is room, or the body is not wanted any more. */
  async room(): Promise<void> {
    while (this.#left <= 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }
}

/**
 * Sends bytes in pieces as the window has room for them.
 * @param send sends one piece
 */
export async function sendPieces(bytes: Uint8Array, window: SendWindow, send: (piece: Uint8Array) => void): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    await window.room();
    if (window.isClosed) return;
    const piece = bytes.subarray(at, at + Math.min(maxPieceBytes, window.left));
    window.use(piece.length);
    send(piece);
    at += piece.length;
  }
}
