import { writeFileSync } from "node:fs";
import { arrivals } from "./arrivals.mjs";
import { isAhead, loads, measureCell } from "./cells.mjs";
import { shapes } from "./costs.mjs";
import { measureReal } from "./real.mjs";
import { goodputCurves, latencyCurves } from "./curves.mjs";

export const about = "batching: simulated against what nobody could better, fixed windows, Python BentoML's algorithm and none; and real";

/** Where Python BentoML's algorithm is ahead, and why that is so: a word for the table, and the whole of it. */
const reasons = {
  a: {
    word: "constant",
    why:
      "Where a call costs the same whatever its size, both run full batches alone and answer as many in time, to one in a thousand. " +
      "Its model takes the constant for a slope and so refuses early, which keeps its line short; ours first rides out what may be " +
      "a burst, and who is answered has waited longer.",
  },
};

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const { Batcher } = await import(new URL("../../packages/server/dist/batching/batcher.js", import.meta.url));
  const cells = [];
  for (const shapeName of Object.keys(shapes)) {
    for (const arrivalsName of Object.keys(arrivals)) {
      for (const load of quick ? [0.2, 0.8, 1.2] : loads) {
        // Far more requests a second.
        const seconds = shapeName === "ONNX Runtime" ? 2 : 6;
        const figures = await measureCell({ shapeName, arrivalsName, load, seconds: quick ? seconds / 2 : seconds, Batcher });
        cells.push({ shapeName, arrivalsName, load, ...figures });
      }
    }
    console.error(`  ${shapeName}`);
  }
  if (!quick) {
    const docs = new URL("../../docs/", import.meta.url);
    writeFileSync(new URL("batching-curves-goodput.svg", docs), goodputCurves(cells));
    writeFileSync(new URL("batching-curves-latency.svg", docs), latencyCurves(cells));
  }
  const real = await measureReal({ quick });
  const rows = [...cells.map(rowOf), ...real.rows];
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows, goals: [...goalsOf(cells), ...real.goals], reasons, rounds: real.rounds };
}

function rowOf({ shapeName, arrivalsName, load, offered, most, least, ...contenders }) {
  const { ours, BentoML } = contenders;
  const row = { costs: shapeName, arrivals: arrivalsName, load, "possible %": (100 * most) / offered };
  for (const [name, { good }] of Object.entries(contenders)) row[`${name} x possible`] = good / most;
  return {
    ...row,
    "ours ms": ours.meanMs,
    "p99 ms": ours.p99Ms,
    "BentoML ms": BentoML.meanMs,
    "its p99 ms": BentoML.p99Ms,
    "least ms": most > 0.99 * offered ? least.meanMs : undefined,
    "BentoML ahead": isAhead(BentoML, ours) ? (reasonOf(shapeName, ours, BentoML)?.word ?? "no reason") : undefined,
  };
}

/** None of the reasons holds for who answers more. */
function reasonOf(shapeName, ours, BentoML) {
  return BentoML.good <= 1.001 * ours.good ? reasons[shapeName] : undefined;
}

function goalsOf(cells) {
  const shares = cells.filter(({ load }) => load >= 1).map(({ ours, most }) => ours.good / most);
  const added = cells.filter(({ load }) => load === 0.2).map(({ ours, least }) => ours.meanMs - least.meanMs);
  const behind = cells.filter(({ shapeName, ours, BentoML }) => isAhead(BentoML, ours) && reasonOf(shapeName, ours, BentoML) === undefined);
  return [
    {
      what: "answered in time at saturation, of what anybody could, the least of all cells",
      goal: 0.95,
      got: Math.min(...shares),
      atLeast: true,
    },
    { what: "milliseconds added at a load of 20 %, the most of all cells", goal: 1, got: Math.max(...added), atLeast: false },
    { what: "cells in which BentoML's algorithm is ahead without a reason", goal: 0, got: behind.length, atLeast: false },
  ];
}
