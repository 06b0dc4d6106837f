import type { Duplex } from "node:stream";

import { CallTable } from "./call-table.js";
import { type Frame, type FrameKind, frameKinds, wireInvalid } from "./frame.js";
import { FramedSocket } from "./framed-socket.js";
import { IncomingCall } from "./incoming-call.js";
import { type Notice, parseNotice } from "./notice.js";

/** What may come for a call that has begun. */
const goesOn: ReadonlySet<FrameKind> = new Set([frameKinds.data, frameKinds.cancel, frameKinds.credit, frameKinds.broken]);

/** How long calls are worked on before what else has come is looked at. Milliseconds. */
const turnMs = 5;

/** Who answers calls. */
export interface CalleeListener {
  /**
   * A call whose body has come whole, or is read while it comes. To be answered once, by `reply` or `fail`, now or later. What this throws, the
   * call fails with.
   */
  onCall(call: IncomingCall): void;
  /** What it throws breaks the connection off. */
  onNotice(notice: Notice): void;
  /** The connection is over; calls that are still worked on were told so by `onCancel` before. */
  onClose(error: Error | undefined): void;
}

/**
 * The side of a connection that answers calls.
 *
 * Bodies of calls are put together here, because nearly all are decoded as a whole; how large one may be is for those who
 * let it in. Their windows therefore bound what is on its way, so that no large body holds up the others.
 *
 * Calls that come together are begun one after the other, but never for long at a time: answers of the first leave
 * before the last begin, questions for a sign of life are answered between them, and what is cancelled before its turn
 * is not begun at all.
 *
 * What the other side sends is checked; what the protocol does not allow breaks the connection off, with
 * BENTO_WIRE_INVALID for `onClose`.
 */
export class Callee {
  readonly #socket: FramedSocket;
  readonly #calls = new CallTable<IncomingCall>();
  readonly #onIdle: (() => void)[] = [];
  readonly #listener: CalleeListener;
  /** Calls that are whole, for one of the next turns. */
  #waiting: IncomingCall[] = [];
  /** When this turn of the event loop got its first call. */
  #turnBegan: number | undefined;
  readonly #answer = (call: IncomingCall): void => this.#listener.onCall(call);
  readonly #nextTurn = (): void => this.#goOn();

  constructor(socket: Duplex, listener: CalleeListener) {
    this.#listener = listener;
    this.#socket = new FramedSocket(socket, { onFrame: (frame) => this.#take(frame), onClose: (error) => this.#close(error) });
  }

  /** @throws BENTO_WIRE_INVALID when it is too long */
  notify(notice: Notice): void {
    this.#socket.send({ kind: frameKinds.notice, more: false, call: 0, head: JSON.stringify(notice) });
  }

  /** Resolves when no call is worked on. */
  idle(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Sends what waits, then closes; resolves when all of it has left. */
  end(): Promise<void> {
    return this.#socket.end();
  }

  #take(frame: Frame): void {
    if (frame.kind === frameKinds.notice) return this.#listener.onNotice(parseNotice(frame.head));
    if (frame.kind === frameKinds.call || frame.kind === frameKinds.open) return this.#begin(frame);
    if (!goesOn.has(frame.kind)) throw wireInvalid(`a call of the kind ${frame.kind}`);
    // What is for a call that is over was on its way when it ended.
    this.#calls.get(frame.call)?.take(frame);
  }

  #begin(frame: Frame): void {
    if (this.#calls.get(frame.call) !== undefined) throw wireInvalid(`the call ${frame.call} twice`);
    const call = new IncomingCall(frame, this.#socket, {
      onBody: () => this.#start(call),
      onEnd: () => this.#forget(frame.call),
    });
    this.#calls.set(frame.call, call);
    call.take(frame);
  }

  #start(call: IncomingCall): void {
    const now = performance.now();
    if (this.#turnBegan === undefined) {
      this.#turnBegan = now;
      setImmediate(this.#nextTurn);
    }
    if (this.#waiting.length > 0 || now - this.#turnBegan > turnMs) this.#waiting.push(call);
    else call.start(this.#answer);
  }

  /** Begins what is left of the turns before. */
  #goOn(): void {
    this.#turnBegan = undefined;
    if (this.#waiting.length === 0) return;
    this.#socket.flush();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) this.#start(call);
  }

  #forget(call: number): void {
    this.#calls.delete(call);
    if (this.#calls.size > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Those who work on a call still end it, so that `idle` says when nothing is worked on any more. */
  #close(error: Error | undefined): void {
    const reason = error ?? new Error("The connection to the server is closed.");
    for (const call of this.#calls) call.cancel(reason);
    this.#listener.onClose(error);
  }
}
