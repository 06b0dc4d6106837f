import type { WaitingLine } from "./waiting-line.js";

/** Some items of a job: those from `start` to before `end`. */
export class Part<J> {
  readonly job: J;
  readonly start: number;
  readonly end: number;
  /** When the job came. */
  readonly arrivedAt: number;

  constructor(job: J, start: number, end: number, arrivedAt: number) {
    this.job = job;
    this.start = start;
    this.end = end;
    this.arrivedAt = arrivedAt;
  }
}

/** What one call of the method gets: parts of jobs, in the order in which these came. */
export interface Batch<J> {
  readonly parts: readonly Part<J>[];
  /** Of all parts together. */
  readonly items: number;
}

/**
 * Takes a batch from the head of the line: so many items, or fewer where there are not as many that may be joined. A job
 * that does not fit is cut, and the rest of it is first in line then; jobs without items always fit.
 */
export function cutBatch<J>(line: WaitingLine<J>, items: number): Batch<J> {
  const parts: Part<J>[] = [];
  let left = items;
  let previous: J | undefined;
  for (let waiting = line.first; waiting !== undefined && (left > 0 || waiting.items === 0); waiting = line.first) {
    const { job, start, end, arrivedAt } = waiting;
    if (parts.length > 0 && !line.joins(previous as J, waiting)) break;
    if (end - start > left) {
      parts.push(new Part(job, start, start + left, arrivedAt));
      line.begin(waiting, left);
      left = 0;
      break;
    }
    parts.push(new Part(job, start, end, arrivedAt));
    left -= end - start;
    line.remove(waiting);
    previous = job;
  }
  return { parts, items: items - left };
}
