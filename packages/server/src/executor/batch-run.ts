import { join } from "../batching/join.js";
import { type Slice, split } from "../batching/split.js";
import { BatchContext } from "./batch-context.js";
import type { BatchJob } from "./batch-job.js";
import type { CallContext } from "./executor.js";

/** Some of the items of one call: those from `start` to before `end`. */
export interface JobPart {
  readonly job: BatchJob;
  readonly start: number;
  readonly end: number;
}

/** How the method of a batchable endpoint is called. */
export interface BatchMethod {
  readonly outputDim: number;
  readonly invoke: (input: unknown, context: CallContext) => unknown;
}

/**
 * Calls the method once for several calls that may be joined, and gives each its slice of the output.
 *
 * Where the method throws, or returns another number of items than it got, the batch is cut in halves which run one after
 * the other, until whoever is to blame is alone: what is wrong is told to that caller, and all others are answered.
 *
 * Resolves when the method has returned, or nobody waits for it any more. Never rejects.
 * @returns whether the time it took is that of one call of the method for all items
 */
export async function runBatch(method: BatchMethod, parts: readonly JobPart[]): Promise<boolean> {
  const live = parts.filter(({ job }) => !job.isOver);
  if (live.length === 0) return false;
  const context = new BatchContext(live.map(({ job }) => job));
  for (const { job } of live) job.begin(context);
  let slices: Slice[] | undefined;
  try {
    const counts = live.map(({ start, end }) => end - start);
    const returned = method.invoke(join(live.map(({ job, start, end }) => ({ input: job.input, start, end }))), context);
    const output = isPromise(returned) ? await Promise.race([returned, context.abandoned]) : returned;
    if (live.every(({ job }) => job.isOver)) return false;
    slices = split(output, counts, method.outputDim);
  } catch (error) {
    if (live.length === 1) (live[0] as JobPart).job.fail(error);
    else {
      const middle = Math.ceil(live.length / 2);
      await runBatch(method, live.slice(0, middle));
      await runBatch(method, live.slice(middle));
    }
    return false;
  }
  for (const [at, { job, start, end }] of live.entries()) give(job, slices[at] as Slice, start, end - start, context);
  return live.length === parts.length;
}

function give(job: BatchJob, slice: Slice, start: number, items: number, context: CallContext): void {
  if (slice.error === undefined) job.take(start, items, slice.value, context);
  else job.fail(slice.error);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
