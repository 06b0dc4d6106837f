import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { median } from "../report.mjs";
import { workersOf } from "../reliability/processes.mjs";
import { open, readAll } from "./client.mjs";
import { chunk } from "./service.mjs";

export const about = "chunks a second on one stream, time to the first chunk, a thousand slow streams at once";

/** What each mode owes. Chunks a second on one stream, as BentoML's clients read them. */
const goalOf = { "in-process": 100_000, pool: 50_000 };

/** @type {Record<string, { path: string, accept: string, bytes: number | undefined }>} */
const framings = {
  raw: { path: "/fast", accept: "*/*", bytes: chunk.length },
  "raw, from a plain generator": { path: "/fastSync", accept: "*/*", bytes: chunk.length },
  "JSON lines": { path: "/fast", accept: "application/jsonl", bytes: JSON.stringify(chunk).length + 1 },
  events: { path: "/fast", accept: "text/event-stream", bytes: undefined },
  "events that are kept": { path: "/fastKept", accept: "text/event-stream", bytes: undefined },
};

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  const goals = [];
  const bareMs = await withServer("bare", (server) => firstChunk(server, quick));
  rows.push({ what: "bare node:http: first chunk", "added ms": bareMs });
  for (const mode of /** @type {const} */ (["in-process", "pool"])) {
    await withServer(mode, async (server) => {
      const rates = await chunksPerSecond(server, quick);
      for (const [framing, perSecond] of Object.entries(rates)) rows.push({ what: `${mode}: ${framing}`, "chunks/s": perSecond });
      goals.push({ what: `chunks a second, ${mode}`, goal: goalOf[mode], got: rates.raw, atLeast: true });
      const firstMs = await firstChunk(server, quick);
      rows.push({ what: `${mode}: first chunk`, "added ms": firstMs });
      const what = `milliseconds to the first chunk beyond the method's own, and what bare node:http takes, ${mode}`;
      goals.push({ what, goal: 1, got: firstMs - bareMs, atLeast: false });
    });
    await withServer(mode, async (server) => {
      const slow = await slowStreams(server, quick);
      rows.push({ what: `${mode}: 1,000 slow streams`, ...slow });
      goals.push({ what: `memory of the last third over the first, ${mode}`, goal: 1.1, got: slow["memory x"], atLeast: false });
    });
  }
  const columns = ["what", "chunks/s", "added ms", "KiB each", "memory x"];
  return { columns, rows: rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ""]))), goals };
}

async function chunksPerSecond({ url }, quick) {
  const count = quick ? 200_000 : 500_000;
  const found = Object.fromEntries(Object.keys(framings).map((name) => [name, []]));
  for (let round = 0; round <= (quick ? 2 : 3); round += 1) {
    for (const [name, { path, accept, bytes }] of Object.entries(framings)) {
      const from = performance.now();
      const got = await readAll(await open(url, path, { count }, { accept }));
      const perSecond = count / ((performance.now() - from) / 1000);
      if (bytes !== undefined && got !== bytes * count) throw new Error(`${name} gave ${got} bytes and not ${bytes * count}.`);
      // The first round warms up.
      if (round > 0) found[name].push(perSecond);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([name, rates]) => [name, median(rates)]));
}

/** What lies between request and first chunk besides what the method says it took itself. */
async function firstChunk({ url }, quick) {
  const added = [];
  for (let call = 0; call < (quick ? 100 : 1000); call += 1) {
    const from = process.hrtime.bigint();
    for await (const piece of await open(url, "/first", { ms: 1 })) {
      const whole = process.hrtime.bigint() - from;
      if (call >= 20) added.push(Number(whole - BigInt(String(piece))) / 1e6);
    }
  }
  return median(added);
}

async function slowStreams(server, quick) {
  const streams = 1000;
  const seconds = quick ? 12 : 60;
  const settle = quick ? 3 : 15;
  // Code that is hot and connections that were there once belong to no stream.
  await allOpen(server.url, streams, 4);
  const before = mib(server);
  const reading = allOpen(server.url, streams, (seconds + settle) * 2);
  await pause(settle * 1000);
  const samples = [];
  for (let second = 0; second < seconds; second += 1) {
    samples.push(mib(server));
    await pause(1000);
  }
  await reading;
  const third = Math.floor(samples.length / 3);
  const first = median(samples.slice(0, third));
  const last = median(samples.slice(-third));
  return { "KiB each": ((median(samples) - before) * 1024) / streams, "memory x": last / first };
}

async function allOpen(url, streams, count) {
  const all = Array.from({ length: streams }, async () => readAll(await open(url, "/slow", { count })));
  for (const bytes of await Promise.all(all)) {
    if (bytes !== count * chunk.length) throw new Error(`A slow stream gave ${bytes} bytes and not ${count * chunk.length}.`);
  }
}

/** Memory of the server and its workers. */
function mib(server) {
  const pids = [server.child.pid, ...workersOf(server.child)];
  const rss = pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0));
  return rss.reduce((total, one) => total + one, 0) / 1024;
}

/** Runs something against a server in a process of its own, which is ended afterwards. */
async function withServer(mode, use) {
  const program = mode === "bare" ? "bare.mjs" : "server.mjs";
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [mode], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = once(child, "exit");
  const [url] = await Promise.race([
    once(child, "message"),
    ended.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
  ]);
  try {
    return await use({ child, url });
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
}
