import { readFileSync } from "node:fs";

/**
 * What a call of the method costs, and what it owes: milliseconds for so many items, items in one call at most, and
 * milliseconds from arrival to answer.
 * @typedef {{ costMs: (items: number) => number, maxBatchSize: number, maxLatencyMs: number }} Shape
 */

const { ms: onnx } = JSON.parse(readFileSync(new URL("onnx-cost.json", import.meta.url), "utf8"));

/** @type {Record<string, Shape>} */
export const shapes = {
  a: { costMs: () => 5, maxBatchSize: 64, maxLatencyMs: 50 },
  "a + bn": { costMs: (items) => 2 + 0.1 * items, maxBatchSize: 64, maxLatencyMs: 50 },
  // More than 32 do not fit where the first 32 do: a batch of 64 answers fewer a second than two of 32.
  "a + bn, step": { costMs: (items) => 2 + 0.1 * items + (items > 32 ? 3 : 0), maxBatchSize: 64, maxLatencyMs: 50 },
  "ONNX Runtime": { costMs: (items) => onnx[items - 1], maxBatchSize: 64, maxLatencyMs: 20 },
};

/** The most items a millisecond that any size of batch gives. @param {Shape} shape */
export function bestPerMs({ costMs, maxBatchSize }) {
  let best = 0;
  for (let items = 1; items <= maxBatchSize; items += 1) best = Math.max(best, items / costMs(items));
  return best;
}
