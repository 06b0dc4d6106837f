import { BentoError } from "@bento/core";

import { EventLoopShare } from "../event-loop-share.js";
import { GatheredText } from "../gathered-text.js";
import { type Frame, type FrameKind, frameKinds, maxPieceBytes, wireInvalid } from "./frame.js";
import type { FramedSocket } from "./framed-socket.js";
import { change, mustWait, type Outlet, sendPieces } from "./piece-sender.js";
import { PieceStream } from "./piece-stream.js";
import { ReceiveWindow, SendWindow } from "./window.js";
import { errorFromHead, errorToHead } from "./wire-error.js";

/** The body of an answer. */
export type ReplyBody = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** Who made the call known. */
export interface CallEvents {
  /** The body is there, or is read while it comes. */
  readonly onBody: () => void;
  /** The call is answered, or failed. */
  readonly onEnd: () => void;
}

/** Text from here on is made bytes before it is sent, as it would not fit one frame. Characters. */
const longText = 1 << 14;

/** One call that is to be answered. */
export class IncomingCall {
  /** What is called, as the caller wrote it. */
  readonly head: string;
  /** Its body, where that is read while it comes. */
  readonly input: PieceStream | undefined;
  /** Told when the answer is not wanted any more; at most once. What this throws, the call fails with. */
  onCancel: ((reason: Error) => void) | undefined;
  readonly #number: number;
  readonly #socket: FramedSocket;
  readonly #events: CallEvents;
  readonly #outlet: Outlet;
  readonly #receiveWindow: ReceiveWindow;
  #pieces: Uint8Array[] = [];
  #isWhole = false;
  #isStarted = false;
  /** Why the answer is not wanted any more. */
  #cancelled: Error | undefined;
  #isOver = false;
  /** Ends the stream that is being sent. */
  #leave: (() => void) | undefined;

  constructor({ call, head, kind }: Frame, socket: FramedSocket, events: CallEvents) {
    this.head = head;
    this.#number = call;
    this.#socket = socket;
    this.#events = events;
    this.#outlet = { window: new SendWindow(), socket };
    const window = (this.#receiveWindow = new ReceiveWindow((credit) => this.#send(frameKinds.credit, credit, "", false)));
    this.input = kind === frameKinds.open ? new PieceStream({ onTaken: (byteCount) => window.taken(byteCount) }) : undefined;
  }

  /** The whole body; given once. */
  takeBody(): Uint8Array {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  }

  /** Has it worked on, unless nobody waits for it any more. What that throws, it fails with. */
  start(work: (call: IncomingCall) => void): void {
    if (this.#isOver) return;
    this.#isStarted = true;
    try {
      work(this);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Takes in what came for it. @throws BENTO_WIRE_INVALID */
  take(frame: Frame): void {
    if (frame.kind === frameKinds.credit) this.#outlet.window.credit(frame);
    else if (frame.kind === frameKinds.cancel) this.cancel(errorFromHead(frame.head));
    else if (frame.kind === frameKinds.broken) this.#break(errorFromHead(frame.head));
    else if (this.input !== undefined) this.#receiveMore(this.input, frame);
    else this.#receive(frame);
  }

  /** The answer is not wanted any more. */
  cancel(reason: Error): void {
    if (this.#cancelled !== undefined) return;
    this.#cancelled = reason;
    this.#outlet.window.close();
    this.input?.fail(reason);
    // Nobody works on it yet, so nobody else would end it.
    if (!this.#isStarted) return this.fail(reason);
    try {
      this.onCancel?.(reason);
      this.#leave?.();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Answers. A stream goes out as fast as the caller takes it; it is ended when nobody wants more. */
  reply(head: string, body: ReplyBody): void {
    try {
      if (typeof body === "string" && body.length < longText) return this.#end(frameKinds.reply, head, body);
      // Also where nobody waits for it any more: it has to be ended.
      if (typeof body === "object" && Symbol.asyncIterator in body) return void this.#stream(head, body[Symbol.asyncIterator]());
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      if (bytes.length <= maxPieceBytes) this.#end(frameKinds.reply, head, bytes);
      else void this.#stream(head, [bytes].values());
    } catch (error) {
      // The head is too long.
      this.fail(error);
    }
  }

  /** Fails, also in the middle of an answer. */
  fail(thrown: unknown): void {
    this.#pieces = [];
    this.#outlet.window.close();
    this.#end(frameKinds.fail, errorToHead(thrown), "");
  }

  /** Tells what went wrong although the answer goes on: it is for the log alone. */
  note(thrown: unknown): void {
    this.#send(frameKinds.note, errorToHead(thrown), "", false);
  }

  /** Tells that its body is still being read. */
  tellReading(): void {
    this.#send(frameKinds.reading, "", "", false);
  }

  #receiveMore(input: PieceStream, { kind, bytes, more }: Frame): void {
    if (this.#isWhole) throw wireInvalid("more of a body that was complete");
    this.#receiveWindow.arrived(bytes.length);
    input.push(bytes);
    this.#isWhole = !more;
    if (!more) input.end();
    if (kind === frameKinds.open) this.#events.onBody();
  }

  #break(error: Error): void {
    if (this.input === undefined || this.#isWhole) throw wireInvalid("the failure of a body that was complete");
    this.#isWhole = true;
    this.input.fail(error);
  }

  #receive({ bytes, more }: Frame): void {
    if (this.#isWhole) throw wireInvalid("more of a body that was complete");
    this.#receiveWindow.arrived(bytes.length);
    // Bodies of one piece, nearly all of them, need no copy.
    if (!more && this.#pieces.length === 0) this.#pieces = [bytes];
    else if (bytes.length > 0) this.#pieces.push(bytes);
    if (more) return this.#receiveWindow.taken(bytes.length);
    this.#isWhole = true;
    this.#events.onBody();
  }

  async #stream(head: string, iterator: AsyncIterator<string | Uint8Array> | Iterator<Uint8Array>): Promise<void> {
    // What works on its next item hears at once that nobody waits for it; it is told once.
    const leaveOnce = (): void => {
      this.#leave = undefined;
      void leave(iterator);
    };
    this.#leave = leaveOnce;
    const { window } = this.#outlet;
    const share = new EventLoopShare();
    const send = (piece: Uint8Array) => this.#send(frameKinds.data, "", piece, true);
    // The window has room for what was gathered.
    const gathered = new GatheredText((text) => {
      const bytes = Buffer.from(text);
      window.use(bytes.length);
      send(bytes);
    });
    try {
      this.#send(frameKinds.reply, head, "", true);
      for (;;) {
        while (mustWait(this.#outlet)) await change(this.#outlet);
        if (window.isClosed) break;
        const { done, value } = await iterator.next();
        // What ends because it was told to is not whole.
        if (window.isClosed) break;
        if (done === true) {
          gathered.flush();
          return this.#end(frameKinds.data, "", "");
        }
        // A character takes at most three bytes.
        if (typeof value !== "string" || !gathered.add(value, window.left / 3)) {
          gathered.flush();
          await sendPieces(typeof value === "string" ? Buffer.from(value) : value, this.#outlet, send);
        }
        if (share.isUsedUp) await share.giveWay();
      }
      this.#leave?.();
      // What was cut off must not look as if it were whole.
      this.fail(this.#cancelled);
    } catch (error) {
      gathered.flush();
      this.#leave?.();
      this.fail(error);
    }
  }

  #end(kind: FrameKind, head: string, body: string | Uint8Array): void {
    if (this.#isOver) return;
    this.#send(kind, head, body, false);
    this.#isOver = true;
    this.input?.fail(new BentoError("BENTO_CANCELLED", "The call is over, and its input with it."));
    this.#events.onEnd();
  }

  #send(kind: FrameKind, head: string, body: string | Uint8Array, more: boolean): void {
    if (!this.#isOver) this.#socket.send({ kind, more, call: this.#number, head }, body);
  }
}

async function leave(iterator: Partial<AsyncIterator<unknown>> | Iterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Nobody waits for what it says at its end.
  }
}
