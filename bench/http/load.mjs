// A load generator in a process of its own: many kept-alive connections, one request in flight on each.
// Written on bare sockets because the usual packages need more processor time a request than the servers they measure.
// Each connection sends as soon as it has its answer. With `perSecond` that is for the warm-up only; then requests fall due at
// that rate, and one that has to wait for a connection counts from when it was due.
// Answers on stdout with one line of JSON: requests a second and latencies in milliseconds.
import { connect } from "node:net";

const { port, path, body, type = "application/json", expected, connections, warmupMs, measureMs, perSecond } = JSON.parse(process.argv[2]);
const request = Buffer.from(
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);
const ok = Buffer.from("HTTP/1.1 200 ");
const end = Buffer.from(expected);
const latencies = new Float64Array(20_000_000);
let count = 0;
let measuring = false;
let stopped = false;

/** Connections that wait for their turn, once requests are sent at a rate. */
let idle;

const sockets = await Promise.all(Array.from({ length: connections }, open));
for (const send of sockets) send();
await sleep(warmupMs);
if (perSecond !== undefined) {
  idle = [];
  while (idle.length < connections) await sleep(5);
}
measuring = true;
const from = performance.now();
if (perSecond !== undefined) keepPace(perSecond);
await sleep(measureMs);
measuring = false;
const seconds = (performance.now() - from) / 1000;
stopped = true;
const sorted = latencies.slice(0, count).toSorted();
const quantile = (share) => sorted[Math.min(count - 1, Math.floor(count * share))];
console.log(JSON.stringify({ perSecond: count / seconds, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) }));
process.exit(0);

/** A connection; what it gives sends one request. */
function open() {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    const answered = () => {
      if (measuring) latencies[count++] = performance.now() - sentAt;
      if (idle !== undefined) idle.push(send);
      else if (!stopped) send();
    };
    const callback = reader(answered);
    // Read without a stream: the processor time of the generator is missing from the servers that are measured.
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer: Buffer.alloc(1 << 16), callback } });
    const send = (at = performance.now()) => {
      sentAt = at;
      socket.write(request);
    };
    socket.on("error", reject);
    socket.on("connect", () => resolve(send));
  });
}

/** Takes what comes on a connection, and tells when an answer is complete. */
function reader(answered) {
  /** How long the last answer was: the next is hardly ever longer or shorter, and need not be parsed to be found complete. */
  let usual = 0;
  let pending = "";
  return (byteCount, buffer) => {
    if (pending === "" && byteCount === usual && isRight(buffer, byteCount)) {
      answered();
      return true;
    }
    pending += buffer.latin1Slice(0, byteCount);
    const length = answerLength(pending);
    if (length === undefined || pending.length < length) return true;
    if (pending.length > length || !isRight(Buffer.from(pending, "latin1"), length)) {
      console.error(`unexpected answer: ${pending.slice(0, 400)}`);
      process.exit(1);
    }
    usual = length;
    pending = "";
    answered();
    return true;
  };
}

/** Whether an answer of so many bytes begins and ends as it should. */
function isRight(buffer, byteCount) {
  return (
    byteCount >= ok.length + end.length &&
    buffer.compare(ok, 0, ok.length, 0, ok.length) === 0 &&
    buffer.compare(end, 0, end.length, byteCount - end.length, byteCount) === 0
  );
}

/** Sends what is due, a thousand times a second. */
function keepPace(rate) {
  const begun = performance.now();
  let sent = 0;
  let before = begun;
  setInterval(() => {
    if (stopped) return;
    const now = performance.now();
    while (sent < ((now - begun) / 1000) * rate && idle.length > 0) {
      // What fell due since the last time is in time; what did before had no connection.
      const dueAt = begun + (sent / rate) * 1000;
      idle.shift()(dueAt < before ? dueAt : now);
      sent++;
    }
    before = now;
  }, 1);
}

function answerLength(text) {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return undefined;
  const match = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head));
  if (!match) throw new Error(`an answer without content-length: ${text.slice(0, head)}`);
  return head + 4 + Number(match[1]);
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
