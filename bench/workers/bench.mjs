import { readFileSync, rmSync } from "node:fs";
import { body as vector, expected as total } from "../http/schema.mjs";
import { median } from "../report.mjs";
import { digitsBody, storeWithDigits } from "./digits.mjs";
import { measureLifecycle } from "./lifecycle.mjs";
import { load, withServer } from "./program.mjs";
import { measureReload } from "./reload.mjs";

export const about = "worker processes: a shared port, a pool, large bodies, methods that take the processor, start, restart and reload";

const one = JSON.stringify({ workers: 1, mode: "in-process" });
const pooled = JSON.stringify({ workers: 1, mode: "pool" });
const twoPooled = JSON.stringify({ workers: 2, mode: "pool" });
const twoShared = JSON.stringify({ workers: 2, mode: "shared-port" });

const sum = { path: "/sum", body: vector, expected: total, connections: 32 };
// 100 KB; what is sent as text is taken as it is, on both sides.
const size = { path: "/size", type: "text/plain", body: "x".repeat(100_000), expected: "100000", connections: 16 };
// About two milliseconds of a processor.
const spin = { path: "/spin", body: JSON.stringify({ rounds: 2_000_000 }), expected: "", connections: 16 };
const digits = { path: "/classify", body: digitsBody, expected: "]", connections: 16 };

/** What is compared: a name, a server, a request; each group has the one that the others are held against first. */
const groups = (home) => ({
  "64 floats": [
    ["hono + zod", "hono.mjs", [], sum],
    ["one process", "bento.mjs", [one], sum],
    ["one pooled worker", "bento.mjs", [pooled], sum],
    ["two pooled workers", "bento.mjs", [twoPooled], sum],
    ["two on a shared port", "bento.mjs", [twoShared], sum],
  ],
  "100 KB": [
    ["hono", "hono.mjs", [], size],
    ["one pooled worker", "bento.mjs", [pooled], size],
  ],
  "2 ms of processor": [
    ["one process", "bento.mjs", [one], spin],
    ["two pooled workers", "bento.mjs", [twoPooled], spin],
    ["two on a shared port", "bento.mjs", [twoShared], spin],
  ],
  digits: [
    ["one process", "digits.mjs", [one, home], digits],
    ["two on a shared port", "digits.mjs", [twoShared, home], digits],
  ],
});

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const home = storeWithDigits();
  try {
    return await measureAll(groups(home), quick);
  } finally {
    rmSync(home, { recursive: true });
  }
}

async function measureAll(all, quick) {
  const rounds = quick ? 3 : 5;
  const times = quick ? { warmupMs: 700, measureMs: 1500 } : { warmupMs: 1000, measureMs: 3000 };
  /** Figures by group and variant, one for each round. */
  const measured = {};
  const paced = { "hono + zod": [], "one pooled worker": [] };
  for (let round = 0; round < rounds; round++) {
    for (const [group, variants] of Object.entries(all)) {
      // Every second round runs backwards, so that a machine that grows warm or busy favours nobody.
      for (const [name, file, args, request] of round % 2 === 0 ? variants : variants.toReversed()) {
        const figures = await withServer(file, args, (port) => load({ port, ...request, ...times }));
        ((measured[group] ??= {})[name] ??= []).push(figures);
      }
    }
    console.error(`  round ${round + 1} of ${rounds}`);
  }
  await measurePaced(all, measured, paced, { rounds: quick ? 5 : 15, warmupMs: 1500, measureMs: quick ? 1500 : 3000 });
  return report(all, measured, paced, await lifecycles(quick ? 3 : 5), await measureReload(quick ? 5 : 15));
}

/**
 * Latencies at half of what the slower can do, the same rate for both. A processor that is taken away for ten milliseconds,
 * as virtual machines have it, is all that a p99 then shows: rounds in which that happened much to either are left out,
 * where enough others remain.
 */
async function measurePaced(all, measured, paced, { rounds, ...times }) {
  const names = Object.keys(paced);
  const perSecond = Math.min(...names.map((name) => median(measured["64 floats"][name].map((figures) => figures.perSecond)))) / 2;
  const seen = [];
  for (let round = 0; round < rounds; round++) {
    const figures = {};
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const [, file, args, request] = all["64 floats"].find(([variant]) => variant === name);
      const before = processorTimes();
      figures[name] = await withServer(file, args, (port) => load({ port, ...request, ...times, perSecond }));
      const after = processorTimes();
      figures[name].stolen = (after.stolen - before.stolen) / (after.all - before.all);
    }
    seen.push(figures);
  }
  const calm = seen.filter((figures) => names.every((name) => figures[name].stolen < 0.03));
  for (const figures of calm.length >= 3 ? calm : seen) for (const name of names) paced[name].push(figures[name]);
}

/** What the processors did since the start, in ticks; where the system does not say, nothing was taken away. */
function processorTimes() {
  try {
    const ticks = readFileSync("/proc/stat", "utf8").split("\n")[0].trim().split(/ +/).slice(1, 9).map(Number);
    return { all: ticks.reduce((all, some) => all + some, 0), stolen: ticks[7] };
  } catch {
    return { all: 1, stolen: 0 };
  }
}

async function lifecycles(rounds) {
  const found = [];
  for (const mode of ["pool", "shared-port"]) found.push(await measureLifecycle(mode, rounds));
  return found;
}

function report(all, measured, paced, lives, saveToAnswer) {
  // Ratios are taken within each round, then their median: neighbours in time share the machine's mood.
  const ratio = (some, others, figure) => median(some.map((figures, round) => figures[figure] / others[round][figure]));
  const rows = Object.entries(all).flatMap(([group, variants]) =>
    variants.map(([name]) => ({
      group,
      variant: name,
      "requests/s": median(measured[group][name].map(({ perSecond }) => perSecond)),
      "p50 ms": median(measured[group][name].map(({ p50 }) => p50)),
      "p99 ms": median(measured[group][name].map(({ p99 }) => p99)),
      "x requests/s": ratio(measured[group][name], measured[group][variants[0][0]], "perSecond"),
    })),
  );
  for (const [name, figures] of Object.entries(paced)) {
    rows.push({
      group: "64 floats, half load",
      variant: name,
      "requests/s": median(figures.map(({ perSecond }) => perSecond)),
      "p50 ms": median(figures.map(({ p50 }) => p50)),
      "p99 ms": median(figures.map(({ p99 }) => p99)),
      rounds: figures.length,
      "x p99": ratio(figures, paced["hono + zod"], "p99"),
    });
  }
  for (const { mode, start, restart } of lives) {
    rows.push({ group: "two workers", variant: mode, "start to first answer ms": start, "back after a kill ms": restart });
  }
  rows.push({ group: "one worker, TypeScript", variant: "pool, reload", "save to answer ms": saveToAnswer });
  const against = (group, name, other) => ratio(measured[group][name], measured[group][other], "perSecond");
  const goals = [
    {
      what: "one pooled worker against Hono with zod",
      goal: 0.85,
      got: against("64 floats", "one pooled worker", "hono + zod"),
      atLeast: true,
    },
    { what: "its p99 at half load", goal: 1.5, got: ratio(paced["one pooled worker"], paced["hono + zod"], "p99"), atLeast: false },
    {
      what: "100 KB through one pooled worker against Hono",
      goal: 0.3,
      got: against("100 KB", "one pooled worker", "hono"),
      atLeast: true,
    },
    {
      what: "two on a shared port against one process, 64 floats",
      goal: 1.5,
      got: against("64 floats", "two on a shared port", "one process"),
      atLeast: true,
    },
    { what: "the same, digits", goal: 1.5, got: against("digits", "two on a shared port", "one process"), atLeast: true },
    {
      what: "2 ms of processor, two pooled workers against one process",
      goal: 1.7,
      got: against("2 ms of processor", "two pooled workers", "one process"),
      atLeast: true,
    },
    {
      what: "the same on a shared port",
      goal: 1.7,
      got: against("2 ms of processor", "two on a shared port", "one process"),
      atLeast: true,
    },
    { what: "milliseconds from a save to its answer", goal: 1000, got: saveToAnswer, atLeast: false },
  ];
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows, goals, rounds: { measured, paced } };
}
