import { arrivals } from "./arrivals.mjs";
import { leastWait, mostInTime } from "./bounds.mjs";
import { bentoml } from "./contenders/bentoml.mjs";
import { ours } from "./contenders/ours.mjs";
import { fixedWindow, oneByOne } from "./contenders/window.mjs";
import { bestPerMs, shapes } from "./costs.mjs";
import { simulate } from "./simulate.mjs";

/** Of what the best size of batch can do. */
export const loads = [0.2, 0.4, 0.6, 0.8, 0.9, 1, 1.2, 1.5];
/** Of the time that a request has. */
const windows = [0.02, 0.1, 0.3];
const seed = 20_261_122;

/**
 * All of them on the same requests: one cell of costs, arrivals and load. Nobody knows anything at the start but those who
 * are said to know what calls cost.
 * @param {{ shapeName: string, arrivalsName: string, load: number, seconds: number, Batcher: any }} cell
 */
export async function measureCell({ shapeName, arrivalsName, load, seconds, Batcher }) {
  const shape = shapes[shapeName];
  const perMs = load * bestPerMs(shape);
  const times = arrivals[arrivalsName](perMs, Math.round(perMs * seconds * 1000), seed);
  const world = { times, ...shape };
  const all = {
    ours: await simulate(ours(Batcher), world),
    BentoML: await simulate(bentoml, world),
    "fixed window": await bestWindow(world),
    "one by one": await simulate(oneByOne, world),
  };
  return { most: mostInTime(times, shape), least: leastWait(times, shape), offered: times.length, ...all };
}

/** Of some windows the one that answers the most in time; of those that are equal, the one that lets wait the least. */
async function bestWindow(world) {
  let best;
  for (const share of windows) {
    const figures = await simulate(fixedWindow(share * world.maxLatencyMs), world);
    if (best === undefined || isAhead(figures, best)) best = figures;
  }
  return best;
}

/** Whether one answers more in time than the other; or about as much, and lets wait less. */
export function isAhead(one, other, equal = 0.001) {
  if (Math.abs(one.good - other.good) > equal * other.good) return one.good > other.good;
  return one.meanMs < other.meanMs;
}
