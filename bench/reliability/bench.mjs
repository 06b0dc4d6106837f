import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { median } from "../report.mjs";
import { readFigures } from "./own-figures.mjs";
import { held, withServer, workersOf } from "./processes.mjs";
import { startTraffic } from "./traffic.mjs";

export const about = "workers killed, stopped and drained under load, 10,000 idle connections, a soak";

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  const goals = [];
  for (const mode of ["pool", "shared-port"]) {
    for (const [name, scenario] of Object.entries({ killed, stopped, drained, idle, soaked })) {
      const { goals: own, ...row } = await withServer(mode, (server) => scenario(server, quick, mode));
      rows.push({ scenario: name, mode, ...row });
      goals.push(...own.map((goal) => ({ ...goal, what: `${name}, ${mode}: ${goal.what}` })));
      console.error(`  ${name}, ${mode}: ${JSON.stringify(row)}`);
    }
  }
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows: rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? ""]))), goals };
}

const connections = 16;

/** A random worker dies every second. */
async function killed(server, quick, mode) {
  const gaps = [];
  let kills = 0;
  let killedAt;
  const traffic = startTraffic(server.url, {
    connections,
    // On a shared port a new worker gets new connections only, and one that never had a call died in vain.
    callsPerConnection: 20,
    onAnswer: () => {
      if (killedAt === undefined) return;
      gaps.push(performance.now() - killedAt);
      killedAt = undefined;
    },
  });
  for (let second = 0; second < (quick ? 10 : 120); second++) {
    await pause(1000);
    const workers = workersOf(server.child);
    if (workers.length === 0) continue;
    kills += 1;
    killedAt = performance.now();
    process.kill(workers[Math.floor(Math.random() * workers.length)], "SIGKILL");
  }
  const seen = await traffic.stop();
  return {
    ...counted(seen),
    "longest ms": Math.max(...gaps),
    goals: [
      none("wrong answers", seen.wrong),
      none("failures without a clear error", seen.other.length + (mode === "pool" ? seen.lost + seen.refused : 0)),
      // Each connection carries one call at a time: no kill can fail more than were in flight.
      { what: "calls that failed for each kill", goal: connections, got: failures(seen) / kills, atLeast: false },
      { what: "milliseconds from a kill to the next right answer", goal: 1000, got: Math.max(...gaps), atLeast: false },
    ],
  };
}

/** A worker stands still for two seconds and goes on. */
async function stopped(server) {
  const traffic = startTraffic(server.url);
  await pause(1000);
  const [worker] = workersOf(server.child);
  process.kill(worker, "SIGSTOP");
  await pause(2000);
  process.kill(worker, "SIGCONT");
  await pause(1000);
  const seen = await traffic.stop();
  const isSame = workersOf(server.child).includes(worker);
  return {
    ...counted(seen),
    goals: [none("calls that failed", failures(seen)), { what: "the worker goes on", goal: 1, got: isSame ? 1 : 0, atLeast: true }],
  };
}

/**
 * The server is told to end while it is at work.
 *
 * From outside nobody can tell a call that was lost from one that was never read: a connection breaks under both. So the
 * service itself counts what it takes on, and each of these must have had its right answer.
 */
async function drained(server) {
  const traffic = startTraffic(server.url, {
    connections,
    callsPerConnection: 20,
    questionOf: (n) => ({ path: "/squareInAWhile", input: { n }, answer: n * n }),
  });
  await pause(2000);
  const from = performance.now();
  server.child.kill("SIGTERM");
  const [code] = await server.ended;
  const ms = performance.now() - from;
  const seen = await traffic.stop();
  const { taken } = readFigures(server.figures);
  return {
    ...counted(seen),
    "longest ms": ms,
    taken,
    goals: [
      none("calls taken on that had no right answer", Math.abs(taken - seen.right)),
      none("answers that are no right ones", seen.died + seen.wrong + seen.other.length),
      { what: "exit code", goal: 0, got: code ?? 1, atLeast: false },
    ],
  };
}

/** Ten thousand connections that say nothing, and a client that does. */
async function idle(server, quick) {
  const before = held(server);
  const { port } = new URL(server.url);
  const sockets = [];
  for (let made = 0; made < (quick ? 1000 : 10_000); made += 500) {
    sockets.push(
      ...(await Promise.all(
        Array.from({ length: 500 }, async () => {
          const socket = connect({ port: Number(port), host: "127.0.0.1" });
          socket.on("error", () => undefined);
          await once(socket, "connect");
          return socket;
        }),
      )),
    );
  }
  const traffic = startTraffic(server.url);
  await pause(3000);
  const seen = await traffic.stop();
  const after = held(server);
  for (const socket of sockets) socket.destroy();
  const kib = ((after.mib - before.mib) * 1024) / sockets.length;
  return {
    ...counted(seen),
    "KiB each": kib,
    goals: [none("calls that failed", failures(seen)), { what: "KiB for each connection", goal: 20, got: kib, atLeast: false }],
  };
}

/** Full load for ten minutes: memory, descriptors and timers stay what they were after the first. */
async function soaked(server, quick) {
  const traffic = startTraffic(server.url);
  const samples = [];
  const seconds = quick ? 20 : 600;
  for (let second = 0; second < seconds; second++) {
    await pause(1000);
    samples.push(held(server));
  }
  const seen = await traffic.stop();
  const tenth = Math.floor(seconds / 10);
  const early = samples.slice(tenth, 2 * tenth);
  const late = samples.slice(-tenth);
  const of = (some, key) => median(some.map((one) => one[key]));
  const grown = (key) => of(late, key) / of(early, key);
  // There are few of them, so that one more would be a large ratio.
  const more = (key) => of(late, key) - of(early, key);
  return {
    ...counted(seen),
    "memory x": grown("mib"),
    "descriptors x": grown("descriptors"),
    timers: of(late, "timers"),
    resources: of(late, "resources"),
    goals: [
      none("calls that failed", failures(seen)),
      { what: "memory of the last tenth over the second", goal: 1.1, got: grown("mib"), atLeast: false },
      { what: "descriptors of the last tenth over the second", goal: 1.05, got: grown("descriptors"), atLeast: false },
      { what: "timers of the last tenth beyond those of the second", goal: 2, got: more("timers"), atLeast: false },
      { what: "whatever else keeps the processes running, the same", goal: 2, got: more("resources"), atLeast: false },
    ],
  };
}

function counted({ right, wrong, died, refused, lost, other }) {
  for (const one of new Set(other)) console.error(`    unexpected: ${one}`);
  return { right, wrong, died, refused, lost, other: other.length };
}

function failures({ wrong, died, refused, lost, other }) {
  return wrong + died + refused + lost + other.length;
}

function none(what, got) {
  return { what, goal: 0, got, atLeast: false };
}
