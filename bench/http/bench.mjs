import { spawn, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { median } from "../report.mjs";
import { body, expected, path } from "./schema.mjs";

export const about = "a 64-float endpoint, 32 connections, one process, against node:http, Hono, and Hono with zod";

const variants = {
  "node:http": ["node-http.mjs"],
  hono: ["hono.mjs"],
  "hono + zod": ["hono-zod.mjs"],
  bento: ["bento.mjs"],
  "bento, access log": ["bento.mjs", "--access-log"],
};
const baseline = "hono + zod";

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rounds = quick ? 3 : 7;
  const measured = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Every second round runs backwards, so that a machine that grows warm or busy favours nobody.
    const order = round % 2 === 0 ? Object.keys(variants) : Object.keys(variants).toReversed();
    for (const name of order) measured[name].push(await measure(variants[name], quick));
    console.error(
      `  round ${round + 1} of ${rounds}: ${order.map((name) => `${name} ${Math.round(measured[name].at(-1).perSecond)}/s`).join(", ")}`,
    );
  }
  // Ratios are taken within each round, then their median: neighbours in time share the machine's mood.
  const ratio = (name, figure) => median(measured[name].map((one, round) => one[figure] / measured[baseline][round][figure]));
  const rows = Object.keys(variants).map((name) => ({
    variant: name,
    "requests/s": median(measured[name].map((one) => one.perSecond)),
    "p50 ms": median(measured[name].map((one) => one.p50)),
    "p99 ms": median(measured[name].map((one) => one.p99)),
    "x requests/s": ratio(name, "perSecond"),
    "x p99": ratio(name, "p99"),
  }));
  const goals = [
    { what: "bento against Hono with zod, access log off, requests/s", goal: 1, got: ratio("bento", "perSecond"), atLeast: true },
    { what: "the same with the access log on", goal: 0.85, got: ratio("bento, access log", "perSecond"), atLeast: true },
    { what: "p99 against Hono with zod, access log off", goal: 1.2, got: ratio("bento", "p99"), atLeast: false },
    { what: "p99, access log on", goal: 1.2, got: ratio("bento, access log", "p99"), atLeast: false },
  ];
  return { columns: Object.keys(rows[0]), rows, goals, baseline, rounds: measured };
}

async function measure([file, ...args], quick) {
  const server = fork(fileURLToPath(new URL(`servers/${file}`, import.meta.url)), args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  try {
    const [{ port }] = await Promise.race([
      once(server, "message"),
      once(server, "exit").then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
    ]);
    const options = { port, path, body, expected, connections: 32, warmupMs: quick ? 1000 : 2000, measureMs: quick ? 2000 : 4000 };
    const load = spawn(process.execPath, [fileURLToPath(new URL("load.mjs", import.meta.url)), JSON.stringify(options)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [text] = await Promise.all([load.stdout.setEncoding("utf8").toArray(), once(load, "exit")]);
    return JSON.parse(text.join(""));
  } finally {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  }
}
