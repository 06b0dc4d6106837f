import { join } from "../batching/join.js";
import type { OutputForm } from "../batching/output-form.js";
import { type Slice, split } from "../batching/split.js";
import { BatchContext } from "./batch-context.js";
import type { BatchJob } from "./batch-job.js";
import { BatchLane } from "./batch-lane.js";
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
  /** The form in which its output is cut, where it may have another. */
  readonly outputForm?: OutputForm | undefined;
  readonly invoke: (input: unknown, context: CallContext) => unknown;
  /** Of a generator: asks what the method returned for its steps, each the output of one step for the whole batch. */
  readonly steps?: ((returned: unknown, context: CallContext) => BatchSteps) | undefined;
}

/** The steps of a generator that works on a batch. */
export interface BatchSteps {
  readonly next: () => Promise<IteratorResult<unknown>>;
  /** Ends it early, so that its `finally` blocks run. */
  readonly stop: () => Promise<unknown>;
}

/**
 * Calls the method once for several calls that may be joined, and gives each its slice of the output, or of each step.
 *
 * Where the method throws, or returns another number of items than it got, the batch is cut in halves which run one after
 * the other, until whoever is to blame is alone: what is wrong is told to that caller, and all others are answered. A
 * generator that fails after its first step fails for all that are left.
 *
 * Resolves when the method is done, or nobody waits for it any more. Never rejects.
 * @returns whether the time it took is that of one call of the method for all items
 */
export async function runBatch(method: BatchMethod, parts: readonly JobPart[]): Promise<boolean> {
  const live = parts.filter(({ job }) => !job.isOver);
  if (live.length === 0) return false;
  const context = new BatchContext(live.map(({ job }) => job));
  for (const { job } of live) job.begin(context);
  try {
    await (method.steps === undefined ? answer(method, live, context) : stream(method, method.steps, live, context));
  } catch (error) {
    if (live.length === 1) (live[0] as JobPart).job.fail(error);
    else await runHalves(method, live);
    return false;
  }
  // How long a stream lasts is up to its readers, too, and nothing that has to be over by a deadline.
  return method.steps === undefined && live.length === parts.length;
}

async function runHalves(method: BatchMethod, live: readonly JobPart[]): Promise<void> {
  const middle = Math.ceil(live.length / 2);
  const first = runBatch(method, live.slice(0, middle));
  // A stream lasts as long as its readers like, for which nobody else may have to wait.
  if (method.steps === undefined) await first;
  await Promise.all([first, runBatch(method, live.slice(middle))]);
}

async function answer(method: BatchMethod, live: readonly JobPart[], context: BatchContext): Promise<void> {
  const output = await Promise.race([method.invoke(joined(live), context), context.abandoned]);
  if (context.isAbandoned) return;
  for (const [at, slice] of slicesOf(method, output, live).entries()) give(live[at] as JobPart, slice, context);
}

/** Steps the generator whenever somebody waits for the next step: the fastest reader sets the pace. */
async function stream(
  method: BatchMethod,
  stepsOf: NonNullable<BatchMethod["steps"]>,
  live: readonly JobPart[],
  context: BatchContext,
): Promise<void> {
  const steps = stepsOf(await method.invoke(joined(live), context), context);
  // The first belongs to the start: where it fails, nobody has got anything yet.
  let result = await steps.next();
  let slices = result.done === true ? [] : slicesOf(method, result.value, live);
  const lanes = live.map(() => new BatchLane((reason) => context.left(reason)));
  for (const [at, part] of live.entries()) part.job.take(part.start, part.end - part.start, lanes[at], context);
  try {
    while (result.done !== true) {
      for (const [at, slice] of slices.entries()) pass(lanes[at] as BatchLane, slice);
      const left = lanes.filter((lane) => !lane.isOver);
      if (left.length > 0) await Promise.race(left.map((lane) => lane.wanted()));
      if (lanes.every((lane) => lane.isOver)) return void (await steps.stop());
      result = await steps.next();
      if (result.done !== true) slices = slicesOf(method, result.value, live);
    }
    for (const lane of lanes) lane.finish();
  } catch (error) {
    for (const lane of lanes) lane.finish({ error });
    await steps.stop().catch(() => undefined);
  }
}

function joined(live: readonly JobPart[]): unknown {
  return join(live.map(({ job, start, end }) => ({ input: job.input, start, end })));
}

function slicesOf({ outputDim, outputForm }: BatchMethod, output: unknown, live: readonly JobPart[]): readonly Slice[] {
  return split(
    outputForm === undefined ? output : outputForm(output),
    live.map(({ start, end }) => end - start),
    outputDim,
  );
}

function give({ job, start, end }: JobPart, slice: Slice, context: CallContext): void {
  if (slice.error === undefined) job.take(start, end - start, slice.value, context);
  else job.fail(slice.error);
}

function pass(lane: BatchLane, slice: Slice): void {
  if (slice.error === undefined) lane.give(slice.value);
  else lane.finish({ error: slice.error });
}
