import { BentoError } from "@bento/core";

import { type Frame, frameKinds, wireInvalid } from "./frame.js";
import type { FramedSocket } from "./framed-socket.js";
import { change, mustWait, sendPieces } from "./piece-sender.js";
import { PieceStream } from "./piece-stream.js";
import { surface } from "./surface.js";
import { ReceiveWindow, SendWindow } from "./window.js";
import { errorFromHead, errorToHead } from "./wire-error.js";

/** Who made a call. It hears either of an answer or of a failure, once. */
export interface ReplyListener {
  /**
   * The answer begins. A body that did not come whole is a stream.
   * What this throws, the call fails with; the rest of the answer is then not wanted.
   */
  onReply(head: string, body: Uint8Array | AsyncIterable<Uint8Array>): void;
  /** There will be no answer. What this throws nobody catches. */
  onFail(error: Error): void;
  /** Something failed after the answer had begun, which no status can say any more. What this throws nobody catches. */
  onLateError(error: Error): void;
  /** The other side is done with it, whether what it sent was read or not; once. What this throws nobody catches. */
  readonly onEnd?: (() => void) | undefined;
  /** The other side still reads a body that comes as a stream. What this throws nobody catches. */
  readonly onReading?: (() => void) | undefined;
}

/** One call that was made, until its answer is complete. */
export class OutgoingCall {
  readonly #number: number;
  readonly #socket: FramedSocket;
  readonly #listener: ReplyListener;
  readonly #onEnd: () => void;
  readonly #window = new SendWindow();
  #stream: PieceStream | undefined;
  #receiveWindow: ReceiveWindow | undefined;
  #isCancelled = false;
  #isOver = false;
  /** Whether its body goes on while it is answered. */
  #isOpen = false;

  /** @param onEnd told when the answer is complete, or there will be none */
  constructor(number: number, socket: FramedSocket, listener: ReplyListener, onEnd: () => void) {
    this.#number = number;
    this.#socket = socket;
    this.#listener = listener;
    this.#onEnd = onEnd;
  }

  /** Sends the body from there on, as the other side takes it. */
  sendRest(body: Uint8Array, from: number): void {
    this.#window.use(from);
    let sent = from;
    void sendPieces(body.subarray(from), { window: this.#window, socket: this.#socket }, (piece) => {
      sent += piece.length;
      this.#socket.send({ kind: frameKinds.data, more: sent < body.length, call: this.#number, head: "" }, piece);
    });
  }

  /** Sends a body as it comes and as the other side takes it, until the answer is complete. */
  async sendStream(pieces: AsyncIterator<Uint8Array, undefined>): Promise<void> {
    this.#isOpen = true;
    const outlet = { window: this.#window, socket: this.#socket };
    const send = (bytes: Uint8Array, more: boolean): void =>
      this.#socket.send({ kind: frameKinds.data, more, call: this.#number, head: "" }, bytes);
    try {
      while (!this.#window.isClosed) {
        if (mustWait(outlet)) {
          await change(outlet);
          continue;
        }
        const { done, value } = await pieces.next();
        if (this.#window.isClosed) return;
        if (done === true) return send(new Uint8Array(), false);
        await sendPieces(value, outlet, (piece) => send(piece, true));
      }
    } catch (error) {
      if (!this.#window.isClosed) this.#socket.send({ kind: frameKinds.broken, more: false, call: this.#number, head: errorToHead(error) });
    }
  }

  /** Tells the other side that the answer is not wanted any more; it still answers or fails. */
  cancel(reason: Error): void {
    if (this.#isOver || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#window.close();
    this.#socket.send({ kind: frameKinds.cancel, more: false, call: this.#number, head: errorToHead(reason) });
  }

  /** Takes in what came for it. @throws BENTO_WIRE_INVALID */
  take(frame: Frame): void {
    switch (frame.kind) {
      case frameKinds.reply:
        return this.#begin(frame);
      case frameKinds.data:
        return this.#goOn(frame);
      case frameKinds.fail:
        return this.#fail(errorFromHead(frame.head));
      case frameKinds.credit:
        return this.#window.credit(frame);
      case frameKinds.note:
        return this.#late(errorFromHead(frame.head));
      case frameKinds.reading:
        return this.#listener.onReading && this.#tell(this.#listener.onReading);
      case frameKinds.call:
      case frameKinds.open:
      case frameKinds.broken:
      case frameKinds.cancel:
      case frameKinds.notice:
        throw wireInvalid(`an answer of the kind ${frame.kind}`);
    }
  }

  /** The connection is lost. */
  lose(error: Error): void {
    if (this.#stream !== undefined && !this.#isCancelled) this.#late(error);
    this.#fail(error);
  }

  #begin({ head, bytes, more }: Frame): void {
    if (this.#stream !== undefined) throw wireInvalid("two answers to one call");
    // The rest of a body that is answered already is of no use, unless both go on together.
    if (!more || !this.#isOpen) this.#window.close();
    if (!more) {
      this.#end();
      return this.#reply(head, bytes);
    }
    const window = new ReceiveWindow((credit) => {
      if (!this.#isOver) this.#socket.send({ kind: frameKinds.credit, more: false, call: this.#number, head: credit });
    });
    this.#receiveWindow = window;
    this.#stream = new PieceStream({
      onTaken: (byteCount) => window.taken(byteCount),
      onLeave: () => this.cancel(new BentoError("BENTO_CANCELLED", "The reader of the answer left.")),
    });
    window.arrived(bytes.length);
    this.#stream.push(bytes);
    this.#reply(head, this.#stream);
  }

  #goOn({ bytes, more }: Frame): void {
    if (this.#stream === undefined) throw wireInvalid("a body before its answer");
    this.#receiveWindow?.arrived(bytes.length);
    this.#stream.push(bytes);
    if (more) return;
    this.#end();
    this.#stream.end();
  }

  #reply(head: string, body: Uint8Array | PieceStream): void {
    try {
      this.#listener.onReply(head, body);
    } catch (error) {
      void this.#stream?.return();
      this.#tell(() => this.#listener.onFail(error as Error));
    }
  }

  #fail(error: Error): void {
    this.#window.close();
    this.#end();
    if (this.#stream === undefined) this.#tell(() => this.#listener.onFail(error));
    else this.#stream.fail(error);
  }

  #late(error: Error): void {
    this.#tell(() => this.#listener.onLateError(error));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#window.close();
    this.#onEnd();
    const { onEnd } = this.#listener;
    if (onEnd !== undefined) this.#tell(onEnd);
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      surface(error);
    }
  }
}
