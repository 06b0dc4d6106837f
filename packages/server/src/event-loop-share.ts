import { setImmediate as nextTurn } from "node:timers/promises";

/** So long one stream may keep the event loop to itself. Milliseconds. */
const longestMs = 10;

/**
 * What one stream may take of the event loop. Items that are there at once come without a turn of it in between, however
 * many they are; meanwhile nobody else would be served.
 */
export class EventLoopShare {
  #since = performance.now();

  /** Whether others have to come first: then {@link EventLoopShare.giveWay} is to be awaited. */
  get isUsedUp(): boolean {
    return performance.now() - this.#since > longestMs;
  }

  /** Lets everybody else have a turn. */
  async giveWay(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }
}
