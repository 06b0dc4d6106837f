import type { Socket } from "node:net";

/** How much may lie here unread before the server is made to wait. Bytes. */
const mostWaiting = 1024 * 1024;

/**
 * What comes over a socket, read ahead a little: to stop and start the socket for each chunk, as its own iterator does,
 * takes more time than the chunks. What had come before an error is given out before it.
 */
export class Arrivals {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #isOver = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket
      .on("data", (chunk: Buffer) => this.#add(chunk))
      .on("end", () => this.#end())
      .on("error", (error) => this.#end(error))
      .on("close", () => this.#end());
    // What happened before anybody listened.
    if (socket.destroyed) this.#end(socket.errored ?? undefined);
  }

  /** Whether the next chunk has not come yet. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0 && !this.#isOver;
  }

  /** The next chunk; `undefined` at the end. @throws the socket's error */
  take(): Buffer | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined && this.#error !== undefined) throw this.#error;
    this.#bytes -= chunk?.length ?? 0;
    if (this.#bytes < mostWaiting / 2 && this.#socket.isPaused()) this.#socket.resume();
    return chunk;
  }

  /** Until there is something to take. */
  async wait(): Promise<void> {
    if (this.isEmpty) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= mostWaiting) this.#socket.pause();
    this.#wake?.();
  }

  #end(error?: Error): void {
    if (!this.#isOver) this.#error = error;
    this.#isOver = true;
    this.#wake?.();
  }
}
