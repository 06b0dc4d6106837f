/** As long as this may pass between two requests before the connections are looked at first. Milliseconds. */
const idleMs = 5;

/**
 * Lets the platform notice what became of its connections while this client was silent.
 *
 * A server closes a connection that lies idle for long, or goes away altogether. The kernel then knows at once, but Node
 * only after its event loop has looked: a call made before that (after a long computation, or where a timer came first)
 * would be sent on a connection that is dead, and lost. Two turns of the loop are enough, and take microseconds.
 */
export class SettledConnections {
  #usedAt = -Infinity;

  /** To be awaited before a request. */
  async settle(): Promise<void> {
    if (Date.now() - this.#usedAt < idleMs) return;
    const { setImmediate: nextTurn } = globalThis as { setImmediate?: (callback: () => void) => unknown };
    // Browsers have no such thing, and see to it themselves.
    if (nextTurn === undefined) return;
    for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => nextTurn(resolve));
  }

  /** To be told when an answer has come. */
  used(): void {
    this.#usedAt = Date.now();
  }
}
