import { median } from "../report.mjs";
import { load, withServer } from "../workers/program.mjs";

const inProcess = JSON.stringify({ workers: 1, mode: "in-process" });
const pooled = (workers) => JSON.stringify({ workers, mode: "pool" });

/** A name, a server, its arguments; the others are held against the first. */
const variants = [
  ["Hono, zod, no batching", "hono.mjs", []],
  ["ours, no batching", "bento.mjs", ["Unbatched", inProcess]],
  ["ours, batched", "bento.mjs", ["Batched", inProcess]],
  ["ours, batched, one pooled worker", "bento.mjs", ["Batched", pooled(1)]],
  ["ours, batched, two pooled workers", "bento.mjs", ["Batched", pooled(2)]],
];
const [baseline] = variants[0];
const image = Array.from({ length: 64 }, (_, pixel) => (pixel * 7) % 17);

/** The digits model asked for one image at a time on 32 connections, in real time. @param {{ quick: boolean }} options */
export async function measureReal({ quick }) {
  const rounds = quick ? 3 : 7;
  const times = quick ? { warmupMs: 700, measureMs: 1500 } : { warmupMs: 1500, measureMs: 3000 };
  const measured = Object.fromEntries(variants.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Every second round runs backwards, so that a machine that grows warm or busy favours nobody.
    for (const [name, file, args] of round % 2 === 0 ? variants : variants.toReversed()) {
      const request = { path: "/classify", body: JSON.stringify({ images: [image] }), expected: "[4]", connections: 32 };
      const url = new URL(`servers/${file}`, import.meta.url);
      measured[name].push(await withServer(url, args, (port) => load({ port, ...request, ...times })));
    }
    console.error(`  round ${round + 1} of ${rounds}`);
  }
  // Ratios are taken within each round, then their median: neighbours in time share the machine's mood.
  const ratio = (name, figure) => median(measured[name].map((figures, round) => figures[figure] / measured[baseline][round][figure]));
  const rows = variants.map(([name]) => ({
    server: name,
    "requests/s": median(measured[name].map(({ perSecond }) => perSecond)),
    "x requests/s": ratio(name, "perSecond"),
    "p50 ms": median(measured[name].map(({ p50 }) => p50)),
    "p99 ms": median(measured[name].map(({ p99 }) => p99)),
    "x p99": ratio(name, "p99"),
  }));
  const goals = [
    {
      what: "requests answered, in one process, against Hono without batching",
      goal: 2,
      got: ratio("ours, batched", "perSecond"),
      atLeast: true,
    },
    {
      what: "the same, through pooled workers",
      goal: 1.5,
      got: Math.max(ratio("ours, batched, one pooled worker", "perSecond"), ratio("ours, batched, two pooled workers", "perSecond")),
      atLeast: true,
    },
    { what: "p99, in one process, of that of Hono without batching", goal: 1, got: ratio("ours, batched", "p99"), atLeast: false },
  ];
  return { rows, goals, rounds: measured };
}
