import type { Duplex } from "node:stream";

import { BentoError } from "@bento/core";

import { type Frame, frameKinds, maxPieceBytes, wireInvalid } from "./frame.js";
import { FramedSocket } from "./framed-socket.js";
import { SendWindow, sendPieces } from "./piece-sender.js";
import { PieceStream } from "./piece-stream.js";
import { type Notice, parseNotice } from "./notice.js";
import { errorFromHead, errorToHead } from "./wire-error.js";

/** Who made a call. */
export interface ReplyListener {
  /** The answer begins; at most once. A body that did not come whole is a stream. */
  onReply(head: string, body: Uint8Array | AsyncIterable<Uint8Array>): void;
  /** There will be no answer. */
  onFail(error: Error): void;
  /** Something failed after the answer had begun, which no status can say any more. */
  onLateError(error: Error): void;
}

/** Who hears of what belongs to no call. */
export interface CallerListener {
  onNotice(notice: Notice): void;
  /** The connection is over. Calls in flight were told before. */
  onClose(error: Error | undefined): void;
}

/** A call on its way. */
export interface PendingCall {
  /** Tells the other side that the answer is not wanted any more; it still answers or fails. */
  cancel(reason: Error): void;
}

interface Outgoing {
  readonly listener: ReplyListener;
  readonly window: SendWindow;
  stream: PieceStream | undefined;
}

/**
 * The side of a connection that makes calls: as many at once as it likes.
 *
 * @param lost makes the error that every call in flight fails with when the connection breaks
 */
export class Caller {
  readonly #socket: FramedSocket;
  readonly #calls = new Map<number, Outgoing>();
  readonly #listener: CallerListener;
  readonly #lost: () => BentoError;
  #lastCall = 0;
  #isClosed = false;

  constructor(socket: Duplex, listener: CallerListener, lost: () => BentoError) {
    this.#listener = listener;
    this.#lost = lost;
    this.#socket = new FramedSocket(socket, { onFrame: (frame) => this.#take(frame), onClose: (error) => this.#close(error) });
  }

  /** Calls whose answer is not complete. */
  get inFlight(): number {
    return this.#calls.size;
  }

  /** Bytes that the other side has not taken yet. */
  get backlogBytes(): number {
    return this.#socket.backlogBytes;
  }

  /** Makes a call; the body belongs to it until the answer. */
  call(head: string, body: Uint8Array, listener: ReplyListener): PendingCall {
    if (this.#isClosed) throw this.#lost();
    // Numbers come round after four billion calls; one that is still in use then is passed over.
    do this.#lastCall = this.#lastCall === 0xffff_ffff ? 1 : this.#lastCall + 1;
    while (this.#calls.has(this.#lastCall));
    const call = this.#lastCall;
    const outgoing: Outgoing = { listener, window: new SendWindow(), stream: undefined };
    this.#calls.set(call, outgoing);
    const first = body.length > maxPieceBytes ? body.subarray(0, maxPieceBytes) : body;
    const more = first.length < body.length;
    outgoing.window.use(first.length);
    this.#socket.send({ kind: frameKinds.call, more, call, head }, first);
    if (more) void this.#sendRest(call, outgoing, body.subarray(first.length));
    return { cancel: (reason) => this.#cancel(call, reason) };
  }

  notify(notice: Notice): void {
    this.#socket.send({ kind: frameKinds.notice, more: false, call: 0, head: JSON.stringify(notice) });
  }

  /** Sends what waits, then closes. */
  end(): Promise<void> {
    return this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  async #sendRest(call: number, { window }: Outgoing, rest: Uint8Array): Promise<void> {
    let sent = 0;
    await sendPieces(rest, window, (piece) => {
      sent += piece.length;
      this.#socket.send({ kind: frameKinds.data, more: sent < rest.length, call, head: "" }, piece);
    });
  }

  #cancel(call: number, reason: Error): void {
    const outgoing = this.#calls.get(call);
    if (outgoing === undefined) return;
    outgoing.window.close();
    this.#socket.send({ kind: frameKinds.cancel, more: false, call, head: errorToHead(reason) });
  }

  #take(frame: Frame): void {
    if (frame.kind === frameKinds.notice) return this.#listener.onNotice(parseNotice(frame.head));
    const outgoing = this.#calls.get(frame.call);
    // What is still on its way for a call that is over.
    if (outgoing === undefined) return;
    switch (frame.kind) {
      case frameKinds.reply:
        return this.#reply(frame, outgoing);
      case frameKinds.data:
        return this.#data(frame, outgoing);
      case frameKinds.fail:
        return this.#fail(frame.call, outgoing, errorFromHead(frame.head));
      case frameKinds.credit:
        return outgoing.window.credit(creditOf(frame));
      case frameKinds.note:
        return outgoing.listener.onLateError(errorFromHead(frame.head));
      default:
        throw wireInvalid(`an answer of the kind ${frame.kind}`);
    }
  }

  #reply({ call, head, bytes, more }: Frame, outgoing: Outgoing): void {
    if (outgoing.stream !== undefined) throw wireInvalid("two answers to one call");
    // The rest of a body that is answered already is of no use.
    outgoing.window.close();
    if (!more) {
      this.#calls.delete(call);
      return outgoing.listener.onReply(head, bytes);
    }
    const stream = new PieceStream({
      onTaken: (count) => this.#calls.has(call) && this.#socket.send({ kind: frameKinds.credit, more: false, call, head: String(count) }),
      onLeave: () => this.#cancel(call, new BentoError("BENTO_CANCELLED", "The reader of the answer left.")),
    });
    outgoing.stream = stream;
    stream.push(bytes);
    outgoing.listener.onReply(head, stream);
  }

  #data({ call, bytes, more }: Frame, { stream }: Outgoing): void {
    if (stream === undefined) throw wireInvalid("a body before its answer");
    stream.push(bytes);
    if (more) return;
    this.#calls.delete(call);
    stream.end();
  }

  #fail(call: number, { stream, listener, window }: Outgoing, error: Error): void {
    window.close();
    this.#calls.delete(call);
    if (stream === undefined) listener.onFail(error);
    else stream.fail(error);
  }

  #close(error: Error | undefined): void {
    this.#isClosed = true;
    for (const [call, outgoing] of this.#calls) {
      const failure = this.#lost();
      if (outgoing.stream !== undefined) outgoing.listener.onLateError(failure);
      this.#fail(call, outgoing, failure);
    }
    this.#listener.onClose(error);
  }
}

/** Bytes that a `credit` frame gives. */
export function creditOf({ head }: Frame): number {
  const count = Number(head);
  if (Number.isInteger(count) && count > 0) return count;
  throw wireInvalid(`a credit of ${JSON.stringify(head.slice(0, 20))} bytes`);
}
