/** Milliseconds from the beginning of this process's own clock to the one that all processes of a machine share. */
const [seconds, nanoseconds] = process.hrtime();
const offsetMs = seconds * 1000 + nanoseconds / 1e6 - performance.now();

/** A time of `performance.now()`, as other processes of this machine understand it. */
export function toSharedTime(ownMs: number): number {
  return ownMs + offsetMs;
}

/** What {@link toSharedTime} of another process gave, as a time of `performance.now()`. */
export function fromSharedTime(sharedMs: number): number {
  return sharedMs - offsetMs;
}
