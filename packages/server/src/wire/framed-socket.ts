import type { Duplex } from "node:stream";

import { type Frame, type FrameHead, isHeadTooLong, preambleBytes, wireInvalid, writeFrameHead } from "./frame.js";
import { FrameDecoder } from "./frame-decoder.js";

/** What is gathered before it is written. Bytes. */
const batchBytes = 1 << 16;
/** From here on bytes are written by themselves and not copied. */
const directBytes = 1 << 14;
/** A socket with so much to write is full: what can wait, waits. Bytes. */
const fullBytes = 1 << 20;

/** Who hears of what comes in. */
export interface FrameListener {
  /** What it throws breaks the connection off. */
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
  /** Nothing is sent any more. */
  #isEnding = false;
  /** Nothing is received any more. */
  #isOver = false;
  #failure: Error | undefined;
  #drained: (() => void)[] = [];
  readonly #take = (frame: Frame): void => {
    if (!this.#isOver) this.#listener.onFrame(frame);
  };
  readonly #flushTurn = (): void => {
    this.#isScheduled = false;
    this.#flush();
    this.#socket.uncork();
  };

  constructor(socket: Duplex, listener: FrameListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => this.#wake());
    socket.on("error", (error: Error) => (this.#failure ??= error));
    socket.on("end", () => this.destroy(this.#decoder.isBetweenFrames ? undefined : wireInvalid("the beginning of a frame and ended")));
    socket.on("close", () => this.#close());
    // What was closed before says so no more.
    if (socket.closed) setImmediate(() => this.#close());
  }

  /** Bytes that the other side has not taken yet. */
  get backlogBytes(): number {
    return this.#socket.writableLength + this.#filled;
  }

  /** Whether what can wait should wait for {@link FramedSocket.drained}: the other side does not keep up. */
  get isFull(): boolean {
    return this.#socket.writableLength >= fullBytes && this.#socket.writableNeedDrain;
  }

  /** Resolves when the socket is not full any more, or the connection is over. */
  drained(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /**
   * Sends a frame, with what else is sent in this turn; on a connection that is over it goes nowhere. Text is encoded
   * right into place. Large bytes are not copied, so they belong to the connection from now on.
   * @throws BENTO_WIRE_INVALID when the head is longer than the other side would accept; nothing is sent then
   */
  send(frame: FrameHead, body: string | Uint8Array = ""): void {
    if (this.#isEnding) return;
    if (isHeadTooLong(frame.head)) throw wireInvalid(`a head of ${Buffer.byteLength(frame.head)} bytes`);
    this.#schedule();
    if (typeof body !== "string" && body.length >= directBytes) return this.#sendDirect(frame, body);
    // A character takes at most three bytes.
    this.#makeRoom(preambleBytes + frame.head.length * 3 + (typeof body === "string" ? body.length * 3 : body.length));
    if (typeof body === "string") return this.#writeText(frame, body);
    const end = writeFrameHead(this.#batch, this.#filled, frame, body.length);
    this.#batch.set(body, end);
    this.#filled = end + body.length;
  }

  /** Writes what waits for the end of the turn. */
  flush(): void {
    if (!this.#isScheduled) return;
    this.#flush();
    this.#socket.uncork();
    this.#socket.cork();
  }

  /** Writes what waits, and ends the connection; resolves when all of it has left, or the connection broke. */
  end(): Promise<void> {
    this.#flush();
    this.#isEnding = true;
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve();
      this.#socket.once("close", resolve);
      this.#socket.end(resolve);
    });
  }

  /** Breaks the connection off: nothing is sent or received any more. */
  destroy(error?: Error): void {
    this.#isEnding = true;
    this.#isOver = true;
    this.#failure ??= error;
    this.#socket.destroy();
  }

  #writeText(frame: FrameHead, body: string): void {
    const start = this.#filled;
    const end = writeFrameHead(this.#batch, start, frame, 0);
    const byteCount = body === "" ? 0 : this.#batch.write(body, end, "utf8");
    if (byteCount > 0) this.#batch.writeUInt32LE(this.#batch.readUInt32LE(start) + byteCount, start);
    this.#filled = end + byteCount;
  }

  #sendDirect(frame: FrameHead, body: Uint8Array): void {
    this.#makeRoom(preambleBytes + frame.head.length * 3);
    this.#filled = writeFrameHead(this.#batch, this.#filled, frame, body.length);
    this.#flush();
    this.#socket.write(body);
  }

  #makeRoom(byteCount: number): void {
    if (this.#batch.length - this.#filled >= byteCount) return;
    this.#flush();
    if (this.#batch.length < byteCount) this.#batch = Buffer.allocUnsafeSlow(Math.max(batchBytes, byteCount));
  }

  #flush(): void {
    if (this.#filled === 0 || this.#isEnding) return;
    const full = this.#batch.subarray(0, this.#filled);
    // The socket may keep the bytes, so what is left of the memory serves the next frames.
    this.#batch = this.#batch.length - this.#filled > directBytes ? this.#batch.subarray(this.#filled) : Buffer.allocUnsafeSlow(batchBytes);
    this.#filled = 0;
    this.#socket.write(full);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#socket.cork();
    setImmediate(this.#flushTurn);
  }

  #receive(chunk: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#decoder.decode(chunk, this.#take);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #wake(): void {
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }

  #close(): void {
    this.#isEnding = true;
    this.#isOver = true;
    this.#filled = 0;
    this.#wake();
    this.#listener.onClose(this.#failure);
  }
}
