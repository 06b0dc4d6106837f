import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { withServerProcess } from "../server-process.mjs";

export const about = "fairness between clients, priorities, and what three times too much does to answers and their time";

const withServer = (service, mode, use) => withServerProcess(new URL("server.mjs", import.meta.url), [service, mode], use);

const modes = /** @type {const} */ (["in-process", "pool"]);
/** How long each caller waits. Milliseconds. */
const timeoutMs = 500;
const work = { path: "/work", body: '{"n":1}', headers: {} };
const batched = { path: "/batched", body: "[1]", headers: {} };
const columns = ["what", "offered/s", "in time/s", "of the most", "p50 ms", "p99 ms", "refused %", "late %"];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const times = quick ? { seconds: 3, settleSeconds: 1, rounds: 1 } : { seconds: 5, settleSeconds: 2, rounds: 5 };
  const rows = [];
  const goals = [];
  for (const mode of modes) {
    await overload(`${mode}, one by one`, { service: "FirstCome", mode, call: work, times, rows, goals });
    await overload(`${mode}, in batches`, { service: "Gathered", mode, call: batched, times, rows, goals });
    await fairness(mode, times, rows, goals);
    await priorities(mode, times, rows, goals);
  }
  await withoutLine(times, rows);
  return { columns, rows: rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ""]))), goals };
}

/**
 * Three times what can be done, against the most that is answered in time at any load. All loads by turns, and each summed
 * over all rounds: a machine that others share may have half the speed a minute later, and the best of several runs is never
 * met again.
 */
async function overload(what, { service, mode, call, times, rows, goals }) {
  await withServer(service, mode, async (url) => {
    const loads = [
      { name: "32 callers that wait for each answer", part: undefined, runs: [] },
      ...[0.9, 1, 1.1, 1.2, 3].map((part) => ({ name: `${part} times that`, part, runs: [] })),
    ];
    const each = { seconds: 4, settleSeconds: 1.5 };
    const [first] = await offer(url, [{ ...call, name: what }], each, 32);
    let capacity = first.answered / each.seconds;
    for (let round = 0; round < times.rounds; round += 1) {
      // No load always follows the same one.
      for (let turn = 0; turn < loads.length; turn += 1) {
        const { name, part, runs } = loads[(turn + round) % loads.length];
        const client = { ...call, name, perSecond: (part ?? 0) * capacity };
        const [found] = await offer(url, [client], each, part === undefined ? 32 : undefined);
        runs.push(part === undefined ? { ...found, offered: found.answered } : found);
        if (part === undefined) capacity = found.answered / each.seconds;
      }
    }
    const goodOf = ({ runs }) => sum(runs.map(({ goodPerSecond }) => goodPerSecond)) / runs.length;
    const most = Math.max(...loads.slice(0, -1).map(goodOf));
    for (const load of loads) rows.push(rowOf(`${what}: ${load.name}`, meanOf(load.runs), most));
    const three = loads.at(-1);
    const p99 = Math.max(...three.runs.map((one) => one.p99));
    goals.push({
      what: `answers in time at three times the load, of the most, ${what}`,
      goal: 0.9,
      got: goodOf(three) / most,
      atLeast: true,
    });
    goals.push({ what: `p99 of what is answered then, ms, ${what}`, goal: timeoutMs, got: p99, atLeast: false });
  });
}

/** All runs as one; of the times those of the slowest run. */
function meanOf(runs) {
  const mean = (of) => sum(runs.map(of)) / runs.length;
  const figures = ["offered", "answered", "late", "refused", "goodPerSecond"].map((name) => [name, mean((one) => one[name])]);
  const slowest = (name) => Math.max(...runs.map((one) => one[name]));
  return { ...Object.fromEntries(figures), p50: slowest("p50"), p99: slowest("p99"), seconds: runs[0].seconds };
}

/** One client offers ten times what each of nine others does, all together almost three times what can be done. */
async function fairness(mode, times, rows, goals) {
  for (const service of ["FirstCome", "Fair"]) {
    await withServer(service, mode, async (url) => {
      const { most, capacity } = await saturate(url, work, times);
      const clientOf = (name, perSecond) => ({ ...work, name, perSecond, headers: { "x-tenant": name } });
      const nine = Array.from({ length: 9 }, (_, n) => clientOf(`client ${n + 1}`, 0.15 * capacity));
      const all = await offer(url, [clientOf("hog", 1.5 * capacity), ...nine], { ...times, seconds: 2 * times.seconds });
      const total = sum(all.map(({ goodPerSecond }) => goodPerSecond));
      const [hog, ...others] = all;
      // A tenth of what all get, or what it wants, where that is less.
      const partOf = ({ goodPerSecond, offered, seconds }) => goodPerSecond / Math.min(total / 10, offered / seconds);
      const least = others.reduce((a, b) => (partOf(a) < partOf(b) ? a : b));
      const name = service === "Fair" ? "fair" : "first come, first served";
      rows.push(rowOf(`${mode}, ${name}: the one with ten times the load`, hog, most.goodPerSecond));
      rows.push(rowOf(`${mode}, ${name}: who gets least of the nine`, least, most.goodPerSecond));
      if (service === "Fair") {
        goals.push({ what: `what the least of nine gets of its part, ${mode}`, goal: 0.9, got: partOf(least), atLeast: true });
        goals.push({ what: `all together, of the most, ${mode}`, goal: 0.9, got: total / most.goodPerSecond, atLeast: true });
      }
    });
  }
}

/** Half of what can be done is urgent, and more than twice as much is not; then more is urgent than can be done. */
async function priorities(mode, times, rows, goals) {
  await withServer("Urgent", mode, async (url) => {
    const { most, capacity } = await saturate(url, work, times);
    const clients = (high, low) => [
      { ...work, name: "urgent", perSecond: high * capacity, headers: { priority: "u=1" } },
      { ...work, name: "less urgent", perSecond: low * capacity, headers: { priority: "u=6" } },
    ];
    const [high, low] = await offer(url, clients(0.5, 2.5), times);
    rows.push(rowOf(`${mode}: urgent, half of what can be done`, high, most.goodPerSecond));
    rows.push(rowOf(`${mode}: less urgent, 2.5 times as much as can be done`, low, most.goodPerSecond));
    const shed = (high.offered - high.answered) / high.offered;
    goals.push({ what: `urgent calls that are refused, %, ${mode}`, goal: 1, got: 100 * shed, atLeast: false });
    goals.push({
      what: `less urgent calls answered after their time, %, ${mode}`,
      goal: 1,
      got: (100 * low.late) / low.answered,
      atLeast: false,
    });
    goals.push({ what: `p99 until a less urgent call is refused, ms, ${mode}`, goal: timeoutMs, got: low.refusalP99, atLeast: false });
    const [tooMany, few] = await offer(url, clients(1.5, 1), times);
    rows.push(rowOf(`${mode}: urgent, 1.5 times as much as can be done`, tooMany, most.goodPerSecond));
    rows.push(rowOf(`${mode}: less urgent beside them`, few, most.goodPerSecond));
    goals.push({
      what: `what the less urgent get where the urgent are too many, of the most, ${mode}`,
      goal: 0.03,
      got: few.goodPerSecond / most.goodPerSecond,
      atLeast: true,
    });
  });
}

/** The same three times too much where no call waits in line: what the line is for. */
async function withoutLine(times, rows) {
  for (const [service, name] of [
    ["Bare", "no limits"],
    ["Limited", "maxConcurrency alone"],
  ]) {
    for (const mode of modes) {
      await withServer(service, mode, async (url) => {
        const { most, capacity } = await saturate(url, work, times);
        const [three] = await offer(url, [{ ...work, name, perSecond: 3 * capacity }], times);
        rows.push(rowOf(`${mode}, ${name}: three times as much`, three, most.goodPerSecond));
      });
    }
  }
}

/** What can be done: by callers that wait for each answer, and of a fifth more than that what is answered in time. */
async function saturate(url, call, times) {
  const [turns] = await offer(url, [{ ...call, name: "in turns" }], times, 32);
  const capacity = turns.answered / times.seconds;
  const [most] = await offer(url, [{ ...call, name: "saturation", perSecond: 1.2 * capacity }], times);
  return { most, capacity };
}

function rowOf(what, found, most) {
  const { offered, goodPerSecond, answered, late, refused, p50, p99, seconds } = found;
  return {
    what,
    "offered/s": offered / seconds,
    "in time/s": goodPerSecond,
    "of the most": goodPerSecond / most,
    "p50 ms": p50,
    "p99 ms": p99,
    "refused %": (100 * refused) / offered,
    "late %": answered === 0 ? 0 : (100 * late) / answered,
  };
}

async function offer(url, clients, { seconds, settleSeconds }, closedLoop) {
  const child = fork(fileURLToPath(new URL("load.mjs", import.meta.url)));
  child.send({ url, clients, seconds, settleSeconds, timeoutMs, closedLoop });
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`the load generator ended with ${code}`)));
  const [outcomes] = await Promise.race([once(child, "message"), ended]);
  ended.catch(() => undefined);
  for (const { name, byStatus } of outcomes) {
    const odd = Object.keys(byStatus).filter((status) => !["200", "429", "503", "504"].includes(status));
    if (odd.length > 0) throw new Error(`${name} got answers with ${odd.join(", ")}.`);
  }
  return outcomes.map((outcome) => ({ ...outcome, seconds }));
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
