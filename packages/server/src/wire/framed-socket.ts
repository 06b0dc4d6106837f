import type { Duplex } from "node:stream";

import { type Frame, FrameDecoder, preambleBytes, writeFrameHead } from "./frame.js";

/** What is gathered before it is written. Bytes. */
const batchBytes = 1 << 16;
/** From here on bytes are written by themselves and not copied. */
const directBytes = 1 << 14;

/** Who hears of what comes in. */
export interface FrameListener {
  onFrame(frame: Frame): void;
  /** The connection is over, for good; told once, with what broke it. */
  onClose(error: Error | undefined): void;
}

/**
 * Frames on a socket.
 *
 * All frames of one turn of the event loop leave in one write: on a busy server that is the difference between one
 * system call for each request and one for dozens of them.
 */
export class FramedSocket {
  readonly #socket: Duplex;
  readonly #decoder = new FrameDecoder();
  readonly #listener: FrameListener;
  #batch = Buffer.allocUnsafeSlow(batchBytes);
  #filled = 0;
  #isScheduled = false;
  #isClosed = false;
  readonly #flushLater = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  constructor(socket: Duplex, listener: FrameListener) {
    this.#socket = socket;
    this.#listener = listener;
    let failure: Error | undefined;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error: Error) => (failure = error));
    socket.on("end", () => this.destroy());
    socket.on("close", () => this.#end(failure));
  }

  /** Bytes that the other side has not taken yet. */
  get backlogBytes(): number {
    return this.#socket.writableLength + this.#filled;
  }

  /** Sends a frame, with what else is sent in this turn. Text is encoded right into place. */
  send(frame: Pick<Frame, "kind" | "more" | "call" | "head">, body: string | Uint8Array = ""): void {
    if (this.#isClosed) return;
    if (typeof body !== "string" && body.length >= directBytes) return this.#sendDirect(frame, body);
    // A character takes at most three bytes.
    const most = preambleBytes + frame.head.length * 3 + (typeof body === "string" ? body.length * 3 : body.length);
    if (this.#filled + most > this.#batch.length) this.#makeRoom(most);
    if (typeof body === "string") this.#writeText(frame, body);
    else {
      const end = writeFrameHead(this.#batch, this.#filled, frame, body.length);
      this.#batch.set(body, end);
      this.#filled = end + body.length;
    }
    this.#schedule();
  }

  /** Writes what waits for the end of the turn. */
  flush(): void {
    if (this.#filled === 0 || this.#isClosed) return;
    const full = this.#batch.subarray(0, this.#filled);
    // The socket may keep the bytes, so what is left of the memory serves the next frames.
    this.#batch = this.#batch.length - this.#filled > directBytes ? this.#batch.subarray(this.#filled) : Buffer.allocUnsafeSlow(batchBytes);
    this.#filled = 0;
    this.#socket.write(full);
  }

  /** Writes what waits, and ends the connection; resolves when all of it has left, or the connection broke. */
  end(): Promise<void> {
    this.flush();
    return new Promise((resolve) => {
      this.#socket.once("close", resolve);
      this.#socket.end(resolve);
    });
  }

  /** Breaks the connection off. */
  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  #writeText(frame: Pick<Frame, "kind" | "more" | "call" | "head">, body: string): void {
    const start = this.#filled;
    const end = writeFrameHead(this.#batch, start, frame, 0);
    const byteCount = body === "" ? 0 : this.#batch.write(body, end, "utf8");
    if (byteCount > 0) this.#batch.writeUInt32LE(this.#batch.readUInt32LE(start) + byteCount, start);
    this.#filled = end + byteCount;
  }

  #sendDirect(frame: Pick<Frame, "kind" | "more" | "call" | "head">, body: Uint8Array): void {
    const most = preambleBytes + frame.head.length * 3;
    if (this.#filled + most > this.#batch.length) this.#makeRoom(most);
    this.#filled = writeFrameHead(this.#batch, this.#filled, frame, body.length);
    this.#socket.cork();
    this.flush();
    this.#socket.write(body);
    this.#socket.uncork();
  }

  #makeRoom(bytes: number): void {
    this.flush();
    if (this.#batch.length < bytes) this.#batch = Buffer.allocUnsafeSlow(Math.max(batchBytes, bytes));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#flushLater);
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#decoder.frames(chunk)) {
        if (this.#isClosed) return;
        this.#listener.onFrame(frame);
      }
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #end(failure: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#filled = 0;
    this.#listener.onClose(failure);
  }
}
