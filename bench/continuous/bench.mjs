import { setTimeout as pause } from "node:timers/promises";
import { median } from "../report.mjs";
import { open } from "../streams/client.mjs";
import { poissonArrivals } from "./arrivals.mjs";
import { withServerProcess } from "../server-process.mjs";

export const about = "tokens of many sequences: joining and leaving at each step, against batches that run until their longest is done";

const withServer = (use) => withServerProcess(new URL("server.mjs", import.meta.url), [], use);

const shortest = 8;
const longest = 512;
/** How much is asked for, by how much a step for a full batch gives. */
const loads = [0.5, 1.2];

/** What is found out of each way. */
const figures = ["tokens/s", "ms/token p50", "ms/token p99", "first token ms p50", "first token ms p99"];

/** What each way sends for a call, and what is a token in a line of its answer. */
const ways = {
  continuous: { input: ({ seed, length }) => ({ seed, length }) },
  static: { input: ({ seed, length }) => ({ seed: [seed], length: [length] }) },
  shrinking: { input: ({ seed, length }) => ({ seed: [seed], length: [length] }) },
};

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  const goals = [];
  const perSecond = await fullRate(quick);
  for (const load of loads) {
    const callsPerSecond = (load * perSecond) / ((shortest + longest) / 2);
    const arrivals = poissonArrivals({ perSecond: callsPerSecond, calls: quick ? 60 : 200, shortest, longest });
    const found = await offerEach(arrivals);
    for (const way of Object.keys(ways)) {
      const columns = figures.map((name) => [name, found[way][name]]);
      rows.push({ load: `${load * 100} %`, way, calls: arrivals.length, ...Object.fromEntries(columns) });
    }
    const ratio = (name) => found.continuous[name] / found.static[name];
    if (load > 1) {
      const what = "tokens a second against static batches, more being asked for than can be had";
      goals.push({ what, goal: 1.5, got: ratio("tokens/s"), atLeast: true });
    }
    const what = `p99 of the time per token against static batches, at ${load * 100} %`;
    goals.push({ what, goal: 1, got: ratio("ms/token p99"), atLeast: false });
  }
  return { columns: ["load", "way", "calls", ...figures], rows, goals };
}

/** The same calls to each way; all must get the same tokens. */
async function offerEach(arrivals) {
  const found = {};
  for (const way of Object.keys(ways)) found[way] = await withServer((url) => offer(url, way, arrivals));
  for (const [way, { tokens }] of Object.entries(found)) {
    if (!sameTokens(found.continuous.tokens, tokens)) throw new Error(`${way} gave other tokens than continuous.`);
  }
  return Object.fromEntries(Object.entries(found).map(([way, answers]) => [way, answers.figures]));
}

/** Tokens a second of full batches: as many sequences as may run, for a while. */
async function fullRate(quick) {
  const arrivals = Array.from({ length: 32 }, (_, seed) => ({ atMs: 0, length: quick ? 200 : longest, seed: seed + 1 }));
  return withServer(async (url) => {
    await offer(url, "continuous", arrivals);
    return (await offer(url, "continuous", arrivals)).figures["tokens/s"];
  });
}

/** Offers every call at its time, whether those before it are answered or not. */
async function offer(url, way, arrivals) {
  const from = performance.now();
  const calls = [];
  for (const arrival of arrivals) {
    const waitMs = from + arrival.atMs - performance.now();
    if (waitMs > 1) await pause(waitMs);
    calls.push(readTokens(url, way, arrival, from + arrival.atMs));
  }
  const answers = await Promise.all(calls);
  const seconds = (Math.max(...answers.map(({ endedAt }) => endedAt)) - from) / 1000;
  const perToken = answers.map(({ arrivedAt, endedAt, tokens }) => (endedAt - arrivedAt) / tokens.length);
  const first = answers.map(({ arrivedAt, begunAt }) => begunAt - arrivedAt);
  const total = answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const values = [total / seconds, median(perToken), percentile(perToken, 0.99), median(first), percentile(first, 0.99)];
  return { figures: Object.fromEntries(figures.map((name, at) => [name, values[at]])), tokens: answers.map(({ tokens }) => tokens) };
}

/** Reads as many tokens as the call is long, then leaves: what is to come of its batch is nothing to it. */
async function readTokens(url, way, arrival, arrivedAt) {
  const response = await open(url, `/${way}`, ways[way].input(arrival), { accept: "application/jsonl" });
  const tokens = [];
  let begunAt = 0;
  let rest = "";
  for await (const piece of response.setEncoding("latin1")) {
    begunAt ||= performance.now();
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (tokens.length < arrival.length) tokens.push([JSON.parse(line)].flat()[0]);
    if (tokens.length === arrival.length) break;
  }
  if (tokens.length !== arrival.length) throw new Error(`${way} gave ${tokens.length} tokens and not ${arrival.length}.`);
  return { arrivedAt, begunAt, endedAt: performance.now(), tokens };
}

function sameTokens(some, others) {
  return some.every((tokens, at) => tokens.every((token, step) => token === others[at][step]));
}

/** @param {number[]} values @param {number} share */
function percentile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}
