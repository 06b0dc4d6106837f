import type { Duplex } from "node:stream";

import type { BentoError } from "@bento/core";

import { CallTable } from "./call-table.js";
import { type Frame, frameKinds, maxPieceBytes, wireInvalid } from "./frame.js";
import { FramedSocket } from "./framed-socket.js";
import { type Notice, parseNotice } from "./notice.js";
import { OutgoingCall, type ReplyListener } from "./outgoing-call.js";

/** Who hears of what belongs to no call. */
export interface CallerListener {
  /** What it throws breaks the connection off. */
  onNotice(notice: Notice): void;
  /** The connection is over. Calls in flight were told before. */
  onClose(error: Error | undefined): void;
}

/** A call on its way. */
export interface PendingCall {
  /** Tells the other side that the answer is not wanted any more; it still answers or fails. */
  cancel(reason: Error): void;
}

/**
 * The side of a connection that makes calls: as many at once as it likes.
 *
 * What the other side sends is checked; what the protocol does not allow breaks the connection off, with
 * BENTO_WIRE_INVALID for `onClose`.
 */
export class Caller {
  readonly #socket: FramedSocket;
  readonly #calls = new CallTable<OutgoingCall>();
  readonly #listener: CallerListener;
  readonly #lost: () => BentoError;
  #isClosed = false;

  /** @param lost makes the error that every call in flight fails with when the connection breaks */
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

  /**
   * Makes a call; the body belongs to it until the answer.
   * @throws BENTO_WIRE_INVALID for a head that is too long, and what `lost` makes when the connection is over
   */
  call(head: string, body: Uint8Array, listener: ReplyListener): PendingCall {
    if (this.#isClosed) throw this.#lost();
    const first = body.length > maxPieceBytes ? body.subarray(0, maxPieceBytes) : body;
    const more = first.length < body.length;
    const number = this.#calls.next();
    this.#socket.send({ kind: frameKinds.call, more, call: number, head }, first);
    const call = new OutgoingCall(number, this.#socket, listener, () => this.#calls.delete(number));
    this.#calls.set(number, call);
    if (more) call.sendRest(body, first.length);
    return call;
  }

  /**
   * Makes a call whose body is read while it comes, no faster than the other side takes it.
   * @throws as {@link Caller.call}
   */
  open(head: string, body: AsyncIterator<Uint8Array, undefined>, listener: ReplyListener): PendingCall {
    if (this.#isClosed) throw this.#lost();
    const number = this.#calls.next();
    this.#socket.send({ kind: frameKinds.open, more: true, call: number, head });
    const call = new OutgoingCall(number, this.#socket, listener, () => this.#calls.delete(number));
    this.#calls.set(number, call);
    void call.sendStream(body);
    return call;
  }

  /** @throws BENTO_WIRE_INVALID when it is too long */
  notify(notice: Notice): void {
    this.#socket.send({ kind: frameKinds.notice, more: false, call: 0, head: JSON.stringify(notice) });
  }

  /** Sends what waits, then closes. */
  end(): Promise<void> {
    return this.#socket.end();
  }

  /** Breaks the connection off. */
  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  #take(frame: Frame): void {
    if (frame.kind === frameKinds.notice) return this.#listener.onNotice(parseNotice(frame.head));
    // A call is over when the other side says so, so nothing comes for one after that.
    const call = this.#calls.get(frame.call);
    if (call === undefined) throw wireInvalid(`something for the call ${frame.call}, which nobody waits for`);
    call.take(frame);
  }

  #close(error: Error | undefined): void {
    this.#isClosed = true;
    for (const call of this.#calls) call.lose(this.#lost());
    this.#listener.onClose(error);
  }
}
