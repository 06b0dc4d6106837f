import type { OnReadOpts, Socket } from "node:net";

/** How much may lie here unread before the server is made to wait. Bytes. */
const mostWaiting = 1024 * 1024;
/** Memory that chunks are read into, one behind the other: little for a small file, then much at once. Bytes. */
const firstSlab = 64 * 1024;
const laterSlab = 512 * 1024;
/** What is left of it is of use as long as it is this much. Bytes. */
const leastRead = 32 * 1024;

/**
 * What comes over a socket, read ahead a little. Node.js reads 64 KiB at a time into memory of their own, and its iterator
 * stops and starts the socket for each of these: here it is told of more memory, and stopped when enough is there. What
 * had come before an error is given out before it.
 */
export class Arrivals {
  #slab: Uint8Array = new Uint8Array(0);
  #used = 0;
  #socket: Socket | undefined;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isOver = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** For `connect()`: chunks come here straight. Not for a socket that is to be encrypted, whose chunks are cipher. */
  onRead(): OnReadOpts {
    return { buffer: () => this.#memory(), callback: (length, memory) => this.#read(length, memory) };
  }

  /** Whether the next chunk has not come yet. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0 && !this.#isOver;
  }

  /** Takes what comes over a socket, from now on until its end. */
  listen(socket: Socket): void {
    this.#socket = socket;
    socket
      .on("data", (chunk: Buffer) => this.#add(chunk))
      .on("end", () => this.#end())
      .on("error", (error) => this.#end(error))
      .on("close", () => this.#end());
    if (socket.destroyed) this.#end(socket.errored ?? undefined);
  }

  /** The next chunk; `undefined` at the end. @throws the socket's error */
  take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined && this.#error !== undefined) throw this.#error;
    this.#bytes -= chunk?.length ?? 0;
    if (this.#bytes < mostWaiting / 2 && this.#socket?.isPaused()) this.#socket.resume();
    return chunk;
  }

  /** Until there is something to take. */
  async wait(): Promise<void> {
    if (this.isEmpty) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #memory(): Uint8Array {
    if (this.#slab.length - this.#used < leastRead) {
      this.#slab = Buffer.allocUnsafeSlow(this.#slab.length === 0 ? firstSlab : laterSlab);
      this.#used = 0;
    }
    return this.#slab.subarray(this.#used);
  }

  #read(length: number, memory: Uint8Array): true {
    this.#used += length;
    this.#add(memory.subarray(0, length));
    return true;
  }

  #add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= mostWaiting) this.#socket?.pause();
    this.#wake?.();
  }

  #end(error?: Error): void {
    if (!this.#isOver) this.#error = error;
    this.#isOver = true;
    this.#wake?.();
  }
}
