// Load from a process of its own: many connections that stay open, one image on each, the next as soon as the answer is
// there. Written on bare sockets, since an HTTP client needs more processor time for a request than the server does.
// Takes what to do as JSON, and sends what came of it to the process that started it.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { argv } from "node:process";
import { setTimeout as pause } from "node:timers/promises";

/** What is to be done. */
export interface LoadTask {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
}

/** What came of it, the warm-up aside. */
export interface LoadResult {
  readonly answers: number;
  /** Answers with the digit that is on the image. */
  readonly right: number;
  readonly perSecond: number;
  /** Milliseconds that half of the requests took at most, and all but one in a hundred. */
  readonly p50: number;
  readonly p99: number;
}

/** A request as it goes over the wire, and the body that is the right answer to it. */
interface Exchange {
  readonly request: string;
  readonly answer: string;
}

const { port, path, connections, warmupSeconds, seconds } = JSON.parse(argv[2] ?? "") as LoadTask;
const exchanges = readFileSync(new URL("../assets/images.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map(toExchange);
const latencies: number[] = [];
let right = 0;
let isMeasuring = false;

for (let n = 0; n < connections; n += 1) keepAsking(n);
await pause(warmupSeconds * 1000);
isMeasuring = true;
const from = performance.now();
await pause(seconds * 1000);
isMeasuring = false;
const perSecond = latencies.length / ((performance.now() - from) / 1000);
latencies.sort((a, b) => a - b);
const quantile = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
const result: LoadResult = { answers: latencies.length, right, perSecond, p50: quantile(0.5), p99: quantile(0.99) };
process.send?.(result, () => process.exit(0));

function toExchange(line: string): Exchange {
  const { image, digit } = JSON.parse(line) as { image: number[]; digit: number };
  const body = JSON.stringify({ images: [image] });
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  return { request: `${head}\r\n\r\n${body}`, answer: JSON.stringify([digit]) };
}

/** One connection, which begins at the nth image, so that hardly two requests of the same moment are alike. */
function keepAsking(n: number): void {
  let asked = exchanges[n % exchanges.length] as Exchange;
  let askedAt = performance.now();
  let received = "";
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => socket.write(asked.request));
  socket.setEncoding("latin1").on("data", (piece: string) => {
    received += piece;
    const body = completeBody(received);
    if (body === undefined) return;
    if (isMeasuring) {
      latencies.push(performance.now() - askedAt);
      if (body === asked.answer && received.startsWith("HTTP/1.1 200 ")) right += 1;
    }
    n += 1;
    received = "";
    asked = exchanges[n % exchanges.length] as Exchange;
    askedAt = performance.now();
    socket.write(asked.request);
  });
}

/** The body of an answer, once all of it is there. */
function completeBody(received: string): string | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1]);
  const body = received.slice(end + 4);
  return body.length === length ? body : undefined;
}
