/** How long work goes on without letting others have the event loop. Milliseconds. */
const sliceMs = 10;

/** Keeps work that does not wait from holding the event loop for long: `await slice.pause()` now and then. */
export class TimeSlice {
  #end = performance.now() + sliceMs;

  /** Whether it is somebody else's turn; then {@link TimeSlice.pause} should be awaited. */
  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  /** Lets others work, and begins the next slice. */
  async pause(): Promise<void> {
    await new Promise(setImmediate);
    this.#end = performance.now() + sliceMs;
  }
}
