import type { IncomingMessage } from "node:http";

import { EventLoopShare } from "../event-loop-share.js";

/** Pieces of a body between two looks at the time. */
const piecesAtOnce = 256;

/**
 * Lets others have their turns while a body of very many pieces comes in: of a connection that always has more, Node reads
 * two megabytes without looking at any other, and those may be hundreds of thousands of pieces.
 */
export class ReadingPace {
  readonly #request: IncomingMessage;
  #share: EventLoopShare | undefined;
  #pieces = 0;
  #isOver = false;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  /** A piece was read; from time to time the request pauses then for a turn of the event loop. */
  tookOne(): void {
    this.#pieces += 1;
    if (this.#pieces % piecesAtOnce !== 0) return;
    this.#share ??= new EventLoopShare();
    if (this.#share.isUsedUp) void this.#pause(this.#share);
  }

  /** The body is not read any more. */
  stop(): void {
    this.#isOver = true;
  }

  async #pause(share: EventLoopShare): Promise<void> {
    this.#request.pause();
    await share.giveWay();
    if (!this.#isOver) this.#request.resume();
  }
}
