let last = 0;

/**
 * Resident memory of this process. Bytes. To look takes a descriptor: where there is none left at the moment, what was
 * seen last is told.
 */
export function residentMemory(): number {
  try {
    last = process.memoryUsage.rss();
  } catch {
    // It is of no use to end for that.
  }
  return last;
}
