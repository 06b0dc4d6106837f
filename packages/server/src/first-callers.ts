import type { RequestListener } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Nobody has come for so long: they have all been there. Milliseconds. */
const quietMs = 20;
/** Somebody always comes where much is asked; then it has to be done while they are served. Milliseconds. */
const mostMs = 200;

/**
 * Those who waited for a server and call as soon as its port is open. They are answered before it loads what it needs
 * later, which would hold them up.
 */
export class FirstCallers {
  readonly #handler: RequestListener;
  readonly #since = performance.now();
  #lastAt = this.#since;
  #waiting = 0;

  /** @param handler answers them */
  constructor(handler: RequestListener) {
    this.#handler = handler;
  }

  /** Answers one of them. */
  answer(...[request, response]: Parameters<RequestListener>): void {
    this.#waiting += 1;
    this.#lastAt = performance.now();
    response.once("close", () => {
      this.#waiting -= 1;
      this.#lastAt = performance.now();
    });
    this.#handler(request, response);
  }

  /** Resolves when they have been answered, and no others come. */
  async served(): Promise<void> {
    for (;;) {
      const now = performance.now();
      const left = this.#waiting > 0 ? quietMs : this.#lastAt + quietMs - now;
      if (left <= 0 || now - this.#since >= mostMs) return;
      await sleep(left);
    }
  }
}
