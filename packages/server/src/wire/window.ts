import { type Frame, wireInvalid } from "./frame.js";

/*
 * Flow control. Each body has a window: what of it may be on its way and not yet taken. Both sides know its size; the
 * sender uses it up, the receiver gives back what its reader has taken, in a frame of the kind `credit`.
 *
 * A piece counts as its bytes and what it costs to keep it, so that a million tiny pieces are bounded as well.
 */

/** What may be on its way and not yet taken, for each body. */
export const windowBytes = 1 << 20;
/** What a piece counts besides its bytes. */
const pieceOverhead = 256;
/** The receiver gives back no less than this at a time, but for small pieces a frame each would be as much as they are. */
const leastCredit = windowBytes / 4;

function costOf(byteCount: number): number {
  return byteCount === 0 ? 0 : byteCount + pieceOverhead;
}

/** The window of a body that is being sent. */
export class SendWindow {
  #left = windowBytes;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  /** Bytes that a piece may have now; none may be sent where there are none left. */
  get left(): number {
    return this.#left;
  }

  /** Nobody waits for more of the body. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes a piece out of the window. */
  use(byteCount: number): void {
    this.#left -= costOf(byteCount);
  }

  /**
   * The other side has given back.
   * @throws BENTO_WIRE_INVALID when that is no number, or more than was used
   */
  credit({ head }: Frame): void {
    const left = this.#left + (/^[1-9]\d{0,8}$/u.test(head) ? Number(head) : Number.NaN);
    if (!(left <= windowBytes)) throw wireInvalid(`a credit of ${JSON.stringify(head.slice(0, 20))} bytes`);
    this.#left = left;
    this.#wake();
  }

  /** The body is not wanted any more. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Resolves at the next credit, or when the window is closed. */
  changed(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** The window of a body that is being received. */
export class ReceiveWindow {
  readonly #credit: (head: string) => void;
  /** What was sent and not given back. */
  #used = 0;
  /** What was taken and not given back. */
  #owed = 0;

  /** @param credit sends the head of a `credit` frame */
  constructor(credit: (head: string) => void) {
    this.#credit = credit;
  }

  /** A piece has come. @throws BENTO_WIRE_INVALID when the window does not let it */
  arrived(byteCount: number): void {
    this.#used += costOf(byteCount);
    if (this.#used > windowBytes + pieceOverhead) throw wireInvalid("more of a body than its window lets come");
  }

  /** A piece was taken: there is room for others. */
  taken(byteCount: number): void {
    this.#owed += costOf(byteCount);
    if (this.#owed < leastCredit) return;
    this.#credit(String(this.#owed));
    this.#used -= this.#owed;
    this.#owed = 0;
  }
}
