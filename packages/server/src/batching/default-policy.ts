import type { BatchCost, BatchDecision, BatchState, WaitingRequest } from "@bento/core";

/** Fewer batches say too little of what one costs to refuse or to delay anything by it. */
const fewestSamples = 4;
/** A little later than what is too late by then, so that it is. Milliseconds. */
const justAfterMs = 0.1;
/** What a batch may take longer than expected before those that are refused for the sake of others would have been right. */
const margin = 1.1;
/** So many times as long as a request may wait, a line that is too long is put up with: it may be a burst. */
const burst = 10;
/** Full batches that a line always has room for: by chance fewer come at times, and no worker is to idle then. */
const shortest = 4;
/** How many times what waiting costs has to be saved by it: when the next request comes is only a guess. */
const worth = 2;
/** A batch so many times smaller than any that was seen is one of which nothing is known. */
const tooFar = 1.5;
const unknown: BatchCost = { fixedMs: 0, perItemMs: 0, samples: 0, smallest: 0 };

/**
 * When to run a batch, and of what: as soon as a worker is free, of as much as fits, unless more is about to come.
 *
 * Waiting pays while a call saved, the fixed part of what it costs, is well more than what all that wait lose until the
 * next request comes to join them. Two idle workers never wait, nor does a full batch, nor one that cannot grow. Where none
 * is idle, but one would take the next batch while it works on another, waiting costs nothing for now. Requests stay whole
 * unless the first alone is more than a batch.
 *
 * Where all that waits fits in one batch and several workers are idle, they share it, as long as items are most of what each
 * part costs.
 *
 * Where there is more than can be answered in time, running the first ones late would make all others late as well: then
 * as many at the head are refused as could be answered only in batches too small for what arrives. What is not that late
 * is never refused, unless that has gone on for long: a line in which everybody waits until the last moment answers no more
 * than a short one then, and so it gets the shorter the longer it lasts.
 */
export function defaultPolicy(state: BatchState): BatchDecision {
  const cost = state.cost.samples >= fewestSamples ? state.cost : unknown;
  return state.freeWorkers > 0 ? dispatch(state, cost) : hold(state, cost);
}

/** With no worker free, what is hopeless need not wait for one. */
function hold(state: BatchState, cost: BatchCost): BatchDecision {
  const { queue, now } = state;
  let requests = 0;
  let latest = Infinity;
  for (const request of queue) {
    latest = limitOf(request, state) - aloneMs(request, state, cost);
    if (latest >= now) break;
    requests += 1;
  }
  return requests > 0 ? { type: "reject", requests } : { type: "wait", until: latest + justAfterMs };
}

function dispatch(state: BatchState, cost: BatchCost): BatchDecision {
  const { queue, now, maxBatchSize } = state;
  const needed = neededItems(state, cost);
  const patienceMs = patience(state, cost);
  let waiting = state.queuedItems;
  /** The first that can be answered at all, should there be none that can be in a batch that is large enough. */
  let possible: number | undefined;
  for (let skip = 0; skip < queue.length; skip += 1) {
    const first = queue[skip] as WaitingRequest;
    const slack = limitOf(first, state) - now;
    if (aloneMs(first, state, cost) <= slack) {
      const batchMs = cost.fixedMs + (waiting < maxBatchSize ? Math.min(needed, waiting) : maxBatchSize) * cost.perItemMs;
      if (margin * batchMs <= Math.min(slack, first.arrivedAt + patienceMs - now))
        return skip > 0 ? { type: "reject", requests: skip } : runOrWait(state, cost, slack);
      possible ??= skip;
    }
    waiting -= first.items;
  }
  // Those after them came later, and can be.
  if (possible === undefined || waiting > 0) return { type: "reject", requests: queue.length };
  if (possible > 0) return { type: "reject", requests: possible };
  const slack = limitOf(queue[0] as WaitingRequest, state) - now;
  return { type: "run", items: wholeRequests(state, roomIn(slack, cost, maxBatchSize)) };
}

/** Items that can be run in so much time. */
function roomIn(ms: number, cost: BatchCost, maxBatchSize: number): number {
  return cost.perItemMs > 0 ? Math.min(maxBatchSize, Math.floor((ms - cost.fixedMs) / cost.perItemMs)) : maxBatchSize;
}

function runOrWait(state: BatchState, cost: BatchCost, slack: number): BatchDecision {
  const { queue, queuedItems, now, gapMs, idleWorkers, maxBatchSize } = state;
  const items = wholeRequests(state, roomIn(slack, cost, maxBatchSize));
  if (items < queuedItems || items >= maxBatchSize || cost.samples === 0) return { type: "run", items };
  const parts = Math.min(idleWorkers, queue.length, worthwhileParts(items, cost));
  const run = { type: "run", items: parts > 1 ? wholeRequests(state, Math.ceil(items / parts)) : items } as const;
  if (idleWorkers > 1) return run;
  const mean = items / queue.length;
  const waitCosts = idleWorkers === 0 ? gapMs : worth * (queue.length + 1) * gapMs;
  if (!(waitCosts < cost.fixedMs)) return run;
  const spare = slack - cost.fixedMs - (items + mean) * cost.perItemMs;
  const until = now + Math.min(gapMs, spare);
  return until > now ? { type: "wait", until } : run;
}

/** In how many parts items cost more than calls do. What nobody knows is tried. */
function worthwhileParts(items: number, { fixedMs, perItemMs, smallest }: BatchCost): number {
  return 2 * smallest > tooFar * items ? 2 : Math.floor((perItemMs * items) / fixedMs);
}

/** Items of as many requests as fit; where not even the first does, as much of it as a batch takes. */
function wholeRequests({ queue, maxBatchSize }: BatchState, room: number): number {
  let items = Math.min((queue[0] as WaitingRequest).items, maxBatchSize);
  for (let index = 1; index < queue.length; index += 1) {
    const more = items + (queue[index] as WaitingRequest).items;
    if (more > room) break;
    items = more;
  }
  return items;
}

/** The size from which on batches keep up with what arrives. */
function neededItems({ queue, gapMs, workers, maxBatchSize }: BatchState, cost: BatchCost): number {
  if (cost.samples === 0 || gapMs === Infinity) return 0;
  let items = 0;
  for (const request of queue) items += request.items;
  const perMs = items / queue.length / gapMs / Math.max(1, workers);
  const left = 1 - perMs * cost.perItemMs;
  return left > 0 ? Math.min(maxBatchSize, (perMs * cost.fixedMs) / left) : maxBatchSize;
}

/** From arrival within which a request has to be answered, or make room for others. Milliseconds. */
function patience({ overloadedMs, maxLatencyMs, maxBatchSize }: BatchState, cost: BatchCost): number {
  const burstMs = burst * maxLatencyMs;
  if (overloadedMs <= burstMs || cost.samples === 0) return maxLatencyMs;
  const leastMs = shortest * (cost.fixedMs + maxBatchSize * cost.perItemMs);
  return Math.min(maxLatencyMs, Math.max((maxLatencyMs * burstMs) / overloadedMs, leastMs));
}

/** When a request is to be answered. */
function limitOf(request: WaitingRequest, { maxLatencyMs }: BatchState): number {
  return Math.min(request.arrivedAt + maxLatencyMs, request.deadline);
}

/** How long a request takes on its own. */
function aloneMs({ items }: WaitingRequest, { maxBatchSize }: BatchState, cost: BatchCost): number {
  return Math.max(1, Math.ceil(items / maxBatchSize)) * cost.fixedMs + items * cost.perItemMs;
}
