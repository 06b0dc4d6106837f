import type { RequestListener } from "node:http";

import { type Accepting, HttpListener } from "../http-listener.js";
import { longestTimerMs } from "../limits.js";

/**
 * Answers on the port in this process while no worker listens there: before the first one does, and after the last one
 * is gone, as far as it can without them. Each of its answers ends the connection, so that the next request goes to a
 * worker.
 */
export class StandIn {
  readonly #listener: HttpListener;
  readonly #drainTimeoutMs: number;

  /** @param accepting what accepts the connections */
  constructor(handler: RequestListener, accepting: Accepting, drainTimeoutMs: number) {
    this.#drainTimeoutMs = drainTimeoutMs;
    this.#listener = HttpListener.over(accepting, (request, response) => {
      response.shouldKeepAlive = false;
      handler(request, response);
    });
  }

  /** Lets go of what accepts the connections, for others to go on with. */
  release(): Accepting {
    return this.#listener.release();
  }

  /** Resolves when all is answered that it has begun to answer, a stream of hours as well. */
  answered(): Promise<void> {
    return this.#listener.drain(longestTimerMs);
  }

  /** Accepts nothing new; resolves when every answer has left. */
  drain(): Promise<void> {
    return this.#listener.drain(this.#drainTimeoutMs);
  }
}
