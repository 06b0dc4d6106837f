import type { Duplex } from "node:stream";

import { creditOf } from "./caller.js";
import { type Frame, frameKinds, maxPieceBytes, wireInvalid } from "./frame.js";
import { FramedSocket } from "./framed-socket.js";
import { type Notice, parseNotice } from "./notice.js";
import { SendWindow, sendPieces } from "./piece-sender.js";
import { errorFromHead, errorToHead } from "./wire-error.js";

/** The body of an answer. */
export type ReplyBody = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** Who answers calls. */
export interface CalleeListener {
  /** A call whose body has come whole. To be answered once, by `reply` or `fail`, now or later. */
  onCall(call: IncomingCall): void;
  onNotice(notice: Notice): void;
  /** The connection is over; calls that are still worked on were told so by `onCancel` before. */
  onClose(error: Error | undefined): void;
}

/** Text from here on is made bytes before it is sent, as it would not fit one frame. Characters. */
const longText = 1 << 14;

/** The side of a connection that answers calls. */
export class Callee {
  readonly #socket: FramedSocket;
  readonly #calls = new Map<number, IncomingCall>();
  readonly #onIdle: (() => void)[] = [];
  readonly #listener: CalleeListener;

  constructor(socket: Duplex, listener: CalleeListener) {
    this.#listener = listener;
    this.#socket = new FramedSocket(socket, { onFrame: (frame) => this.#take(frame), onClose: (error) => this.#close(error) });
  }

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
    if (frame.kind === frameKinds.call) return this.#begin(frame);
    const call = this.#calls.get(frame.call);
    // What is still on its way for a call that is over.
    if (call === undefined) return;
    switch (frame.kind) {
      case frameKinds.data: {
        this.#socket.send({ kind: frameKinds.credit, more: false, call: frame.call, head: String(frame.bytes.length) });
        return call.receive(frame);
      }
      case frameKinds.cancel:
        return call.cancel(errorFromHead(frame.head));
      case frameKinds.credit:
        return call.window.credit(creditOf(frame));
      default:
        throw wireInvalid(`a call of the kind ${frame.kind}`);
    }
  }

  #begin(frame: Frame): void {
    if (this.#calls.has(frame.call)) throw wireInvalid(`the call ${frame.call} twice`);
    const call = new IncomingCall(frame, this.#socket, {
      onBody: () => this.#listener.onCall(call),
      onEnd: () => this.#forget(frame.call),
    });
    this.#calls.set(frame.call, call);
    call.receive(frame);
  }

  #forget(call: number): void {
    this.#calls.delete(call);
    if (this.#calls.size > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #close(error: Error | undefined): void {
    for (const call of this.#calls.values()) call.cancel(error ?? new Error("The connection to the server is closed."));
    this.#calls.clear();
    this.#listener.onClose(error);
  }
}

interface CallEvents {
  readonly onBody: () => void;
  readonly onEnd: () => void;
}

/** One call that is to be answered. */
export class IncomingCall {
  /** What is called, as the caller wrote it. */
  readonly head: string;
  readonly window = new SendWindow();
  /** Told when the answer is not wanted any more. */
  onCancel: ((reason: Error) => void) | undefined;
  readonly #id: number;
  readonly #socket: FramedSocket;
  readonly #events: CallEvents;
  #pieces: Uint8Array[] = [];
  #isOver = false;

  constructor(frame: Frame, socket: FramedSocket, events: CallEvents) {
    this.head = frame.head;
    this.#id = frame.call;
    this.#socket = socket;
    this.#events = events;
  }

  /** The whole body; given once. */
  takeBody(): Uint8Array {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  }

  /** Takes in a piece of the body. */
  receive({ bytes, more }: Frame): void {
    this.#pieces.push(bytes);
    if (!more) this.#events.onBody();
  }

  /** The answer is not wanted any more. */
  cancel(reason: Error): void {
    this.window.close();
    this.onCancel?.(reason);
  }

  /** Answers. A stream goes out as fast as the caller takes it; it is ended when nobody wants more. */
  reply(head: string, body: ReplyBody): void {
    if (this.#isOver) return;
    if (typeof body === "string" && body.length < longText) return this.#end(frameKinds.reply, head, body);
    if (typeof body === "object" && Symbol.asyncIterator in body) return void this.#stream(head, body);
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    if (bytes.length <= maxPieceBytes) this.#end(frameKinds.reply, head, bytes);
    else void this.#stream(head, [bytes]);
  }

  /** Fails, also in the middle of an answer. */
  fail(thrown: unknown): void {
    this.#end(frameKinds.fail, errorToHead(thrown), "");
  }

  /** Tells what went wrong although the answer goes on: it is for the log alone. */
  note(thrown: unknown): void {
    if (!this.#isOver) this.#socket.send({ kind: frameKinds.note, more: false, call: this.#id, head: errorToHead(thrown) });
  }

  async #stream(head: string, body: Iterable<Uint8Array> | AsyncIterable<string | Uint8Array>): Promise<void> {
    this.#send(frameKinds.reply, head, "", true);
    const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
    // A method that works on its next item hears at once that nobody waits for it.
    const before = this.onCancel;
    this.onCancel = (reason) => {
      before?.(reason);
      void Promise.resolve(iterator.return?.()).catch(ignore);
    };
    try {
      for (;;) {
        await this.window.room();
        if (this.window.isClosed) break;
        const { done, value } = await iterator.next();
        if (done === true) break;
        const bytes = typeof value === "string" ? Buffer.from(value) : value;
        await sendPieces(bytes, this.window, (piece) => this.#send(frameKinds.data, "", piece, true));
      }
      this.#end(frameKinds.data, "", "");
    } catch (error) {
      this.fail(error);
    }
  }

  #end(kind: Frame["kind"], head: string, body: string | Uint8Array): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#send(kind, head, body, false);
    this.#events.onEnd();
  }

  #send(kind: Frame["kind"], head: string, body: string | Uint8Array, more: boolean): void {
    this.#socket.send({ kind, more, call: this.#id, head }, body);
  }
}

function ignore(): void {}
