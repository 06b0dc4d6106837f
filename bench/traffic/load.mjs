// A load generator in a process of its own. Told what to offer, it tells what became of it.
//
// Open loop: calls fall due at a rate, whatever became of those before, and each goes out on a connection that is free, or
// on a new one. Time counts from when a call was due. Who sends the next call only when the last is answered would go
// slower the slower the server is, and never overload it.
import { connect } from "node:net";

/** @typedef {{ name: string, perSecond: number, path: string, body: string, headers: Record<string, string> }} Client */

process.once("message", (plan) => void generate(plan));

async function generate({ url, clients, seconds, settleSeconds, timeoutMs, closedLoop }) {
  const { hostname, port } = new URL(url);
  const connections = new Connections(hostname, Number(port));
  const plan = { connections, seconds, settleSeconds, timeoutMs };
  const outcomes = closedLoop === undefined ? await openLoop(clients, plan) : [await inTurns(clients[0], closedLoop, plan)];
  process.send(
    outcomes.map((outcome) => outcome.figures()),
    () => process.exit(0),
  );
}

/** Calls at a rate, at random times. */
async function openLoop(clients, { connections, seconds, settleSeconds, timeoutMs }) {
  const from = performance.now();
  // What a server that has just begun to be overloaded does is not what it does for good.
  const countFrom = from + settleSeconds * 1000;
  const until = countFrom + seconds * 1000;
  const all = clients.map((client, index) => {
    const random = randomNumbers(index + 1);
    const untilNext = () => (-Math.log(1 - random()) * 1000) / client.perSecond;
    return { outcome: new Outcome(client.name, seconds), request: requestOf(client, timeoutMs), untilNext, due: from + untilNext() };
  });
  const open = new Set();
  const send = async ({ outcome, request, due }) => {
    const counts = due >= countFrom;
    if (counts) outcome.offered += 1;
    const status = await connections.send(request);
    if (counts) outcome.add(status, performance.now() - due, timeoutMs);
  };
  for (let now = from; now < until; now = performance.now()) {
    for (const client of all) {
      for (; client.due <= Math.min(now, until); client.due += client.untilNext()) {
        const call = send(client).then(() => open.delete(call));
        open.add(call);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(open);
  return all.map(({ outcome }) => outcome);
}

/** As many calls at once as said, each followed by the next. */
async function inTurns(client, callsAtOnce, { connections, seconds, settleSeconds, timeoutMs }) {
  const outcome = new Outcome(client.name, seconds);
  const request = requestOf(client, undefined);
  const from = performance.now() + settleSeconds * 1000;
  const until = from + seconds * 1000;
  const loop = async () => {
    for (let at = performance.now(); at < until; at = performance.now()) {
      const status = await connections.send(request);
      const now = performance.now();
      if (now >= from && now < until) outcome.add(status, now - at, timeoutMs);
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, loop));
  return outcome;
}

/** What became of the calls of a client. */
class Outcome {
  offered = 0;
  #good = [];
  #late = 0;
  #refusals = [];
  #byStatus = {};

  constructor(name, seconds) {
    this.name = name;
    this.seconds = seconds;
  }

  add(status, ms, timeoutMs) {
    this.#byStatus[status] = (this.#byStatus[status] ?? 0) + 1;
    if (status !== 200) this.#refusals.push(ms);
    else {
      this.#good.push(ms);
      if (ms > timeoutMs) this.#late += 1;
    }
  }

  figures() {
    const answers = Float64Array.from(this.#good).toSorted();
    const refusals = Float64Array.from(this.#refusals).toSorted();
    return {
      name: this.name,
      offered: this.offered,
      answered: answers.length,
      late: this.#late,
      goodPerSecond: (answers.length - this.#late) / this.seconds,
      p50: quantile(answers, 0.5),
      p99: quantile(answers, 0.99),
      refused: refusals.length,
      refusalP99: quantile(refusals, 0.99),
      byStatus: this.#byStatus,
    };
  }
}

function quantile(sorted, share) {
  return sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function requestOf({ path, body, headers }, timeoutMs) {
  const all = { host: "127.0.0.1", "content-type": "application/json", "content-length": Buffer.byteLength(body), ...headers };
  if (timeoutMs !== undefined) all["x-request-timeout"] = `${timeoutMs}ms`;
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${head.join("")}\r\n${body}`;
}

/** Kept-alive connections, as many as are needed at once. */
class Connections {
  #idle = [];
  #host;
  #port;

  constructor(host, port) {
    this.#host = host;
    this.#port = port;
  }

  /** @returns {Promise<number>} the status of the answer; 0 for none */
  send(request) {
    return new Promise((resolve) => {
      const socket = this.#idle.pop() ?? this.#open();
      let text = "";
      const done = (status) => {
        socket.take = undefined;
        resolve(status);
      };
      socket.take = (piece) => {
        if (piece === undefined) return done(0);
        text += piece.toString("latin1");
        const head = text.indexOf("\r\n\r\n");
        if (head === -1) return;
        const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
        if (text.length < head + 4 + length) return;
        const isClosed = /\r\nconnection: close/i.test(text.slice(0, head));
        done(Number(text.slice(9, 12)));
        if (isClosed) socket.destroy();
        else this.#idle.push(socket);
      };
      socket.write(request);
    });
  }

  #open() {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    socket.on("data", (piece) => socket.take?.(piece));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      const at = this.#idle.indexOf(socket);
      if (at >= 0) this.#idle.splice(at, 1);
      socket.take?.(undefined);
    });
    return socket;
  }
}

/** The same numbers below 1 in every run: mulberry32. */
function randomNumbers(seed) {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
