/** What is known of a worker when it is to be given a call. */
export interface WorkerLoad {
  /** Calls that it works on. */
  readonly inFlight: number;
  /** What waits on the connection to it. Bytes. */
  readonly backlogBytes: number;
  /** Questions for a sign of life that it has not answered yet. */
  readonly unansweredPings: number;
}

/** What a worker may have waiting; another call then goes to another one. Bytes. */
export const mostBacklogBytes = 64 * 1024 * 1024;
/** A worker that left more unanswered is at a long call, or hung. */
export const mostUnansweredPings = 2;

/**
 * The worker for the next call: of those that give signs of life the one that works on the fewest, else of the others.
 * Equally loaded ones take turns.
 * @param turn one more for every call
 * @returns `undefined` where every worker has more than enough waiting
 */
export function leastLoaded<W extends WorkerLoad>(workers: readonly W[], turn: number): W | undefined {
  let best: W | undefined;
  for (let step = 0; step < workers.length; step += 1) {
    const worker = workers[(turn + step) % workers.length] as W;
    if (worker.backlogBytes > mostBacklogBytes) continue;
    if (best === undefined || isBetter(worker, best)) best = worker;
  }
  return best;
}

function isBetter(worker: WorkerLoad, other: WorkerLoad): boolean {
  return isSilent(worker) === isSilent(other) ? worker.inFlight < other.inFlight : isSilent(other);
}

function isSilent({ unansweredPings }: WorkerLoad): boolean {
  return unansweredPings > mostUnansweredPings;
}
