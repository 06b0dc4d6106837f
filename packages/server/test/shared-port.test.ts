import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json as readJson } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { freePort } from "../../../test/support/free-port.js";
import { json } from "./doors.js";

interface Where {
  readonly pid: number;
  readonly worker: { readonly index: number; readonly count: number };
  readonly own: number;
}

interface Started extends Disposable {
  readonly child: ChildProcess;
  readonly url: string;
  readonly inParent: Where;
  /** Where the second service listens, and what became of one that was to take the same port. */
  readonly second: string;
  readonly taken: string;
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
  readonly output: () => string;
}

/** A program of its own, running the built packages: its workers are what is tested. It and they may have so much open. */
async function start(env: NodeJS.ProcessEnv = {}, mostDescriptors?: number): Promise<Started> {
  const limited = { execPath: "/bin/sh", execArgv: ["-c", `ulimit -n ${mostDescriptors}; exec "$0" "$@"`, process.execPath] };
  const child = fork(fileURLToPath(new URL("fixtures/shared-port-service.mjs", import.meta.url)), {
    env: { ...process.env, ...env },
    execArgv: [],
    ...(mostDescriptors !== undefined && limited),
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (piece: string) => (output += piece));
  const ended = once(child, "close") as Started["ended"];
  const died = ended.then(([code]) => Promise.reject(new Error(`the program ended with ${code}: are the packages built?`)));
  died.catch(() => undefined);
  const [told] = (await Promise.race([once(child, "message"), died])) as [Pick<Started, "url" | "inParent" | "second" | "taken">];
  return { child, ...told, ended, output: () => output, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

/** Each on a connection of its own, so that they are spread. */
const post = (url: string, path: string, input: object = {}, more: Record<string, string> = {}) => {
  const { headers, ...init } = json(input);
  return fetch(url + path, { ...init, headers: { ...(headers as Record<string, string>), connection: "close", ...more } });
};
const where = async (url: string) => (await (await post(url, "/where")).json()) as Where;
/** All workers: connections go round. */
const everywhere = (url: string) => Promise.all(Array.from({ length: 4 }, () => where(url)));
const get = (url: string) => fetch(url, { headers: { connection: "close" } });

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The sum of all series of a metric that belong to an endpoint. */
async function metric(url: string, name: string, endpoint: string): Promise<number> {
  const text = await (await get(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) && line.includes(`endpoint="${endpoint}"`));
  return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** What becomes of a connection that asks whether the server lives. */
async function livez(port: number, onConnect = (): void => undefined): Promise<"answered" | "closed" | "refused"> {
  let text = "";
  let code: string | undefined;
  const socket = connect(port, "127.0.0.1").on("error", (error: NodeJS.ErrnoException) => (code = error.code));
  socket.once("connect", onConnect).write("GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
  socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  await new Promise((resolve) => socket.once("close", resolve));
  if (text.startsWith("HTTP/1.1 200")) return "answered";
  return code === "ECONNREFUSED" ? "refused" : "closed";
}

/** Whether nobody listens any more. Asks for nothing: who waits for an answer may wait for a worker that stands still. */
async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const outcome = await new Promise((resolve) => socket.once("connect", resolve).once("error", resolve));
  socket.destroy();
  return (outcome as NodeJS.ErrnoException | undefined)?.code === "ECONNREFUSED";
}

test("workers take the connections themselves, in turns, and the log says which", { timeout: 60_000 }, async () => {
  using server = await start();
  const places = await everywhere(server.url);
  expect(new Set(places.map(({ pid }) => pid)).size).toBe(2);
  expect(places.map(({ pid }) => pid)).not.toContain(server.child.pid);
  expect(new Set(places.map(({ worker }) => `${worker.index} of ${worker.count}`))).toEqual(new Set(["1 of 2", "2 of 2"]));
  expect(new Set(places.map(({ own }) => own)).size, "what a service listens on for itself is its own").toBe(2);
  expect(
    places.map(({ pid }) => pid),
    "the app in the server uses the same workers",
  ).toContain(server.inParent.pid);

  const ids = await Promise.all(
    Array.from({ length: 20 }, async () => (await post(server.url, "/where")).headers.get("x-bentoml-request-id")),
  );
  expect(new Set(ids).size).toBe(20);

  server.child.kill("SIGTERM");
  expect(await server.ended).toEqual([0, null]);
  const lines = server.output().trim().split("\n");
  expect(lines.filter((line) => !line.startsWith("{"))).toEqual(expect.arrayContaining(["Shared[1] shut down", "Shared[2] shut down"]));
  const log = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(log[0]).toMatchObject({
    mode: "shared-port",
    workers: 2,
    msg: expect.stringContaining("2 worker processes take the connections"),
  });
  const requests = log.filter(({ msg }) => msg === "request");
  // The first is that of the server itself.
  expect(requests).toHaveLength(25);
  expect(new Set(requests.map(({ worker }) => worker))).toEqual(new Set([undefined, "Shared[1]", "Shared[2]"]));
  expect(requests.map(({ requestId }) => requestId)).toEqual(expect.arrayContaining(ids));
});

test("metrics are those of all workers, and outlive them", { timeout: 60_000 }, async () => {
  using server = await start();
  await everywhere(server.url);
  const { pid: first } = await where(server.url);
  // The call within the server counts as well; each scrape may be answered by another worker.
  for (let scrape = 0; scrape < 3; scrape += 1) expect(await metric(server.url, "bentoml_service_request_total", "/where")).toBe(6);
  const held = Array.from({ length: 6 }, () => post(server.url, "/hold", { ms: 400 }));
  await expect.poll(() => metric(server.url, "bentoml_service_request_in_progress", "/hold"), { timeout: 5000, interval: 20 }).toBe(6);
  await Promise.all(held);
  expect(await metric(server.url, "bentoml_service_request_duration_seconds_count", "/hold")).toBe(6);

  process.kill(first, "SIGKILL");
  await expect.poll(() => isAlive(first), { timeout: 5000, interval: 10 }).toBe(false);
  // A connection may still be given to the dead one, and is broken off then.
  const total = (endpoint: string) => metric(server.url, "bentoml_service_request_total", endpoint).catch(() => "broken off");
  const totals: unknown[] = [];
  while (totals.length < 2 || totals.at(-1) === "broken off") totals.push(await total("/where"));
  expect(totals.filter((value) => value !== "broken off").every((value) => value === 6)).toBe(true);
  const pids = async () => new Set((await everywhere(server.url).catch(() => [])).map(({ pid }) => pid));
  await expect.poll(async () => (await pids()).size, { timeout: 30_000, interval: 20 }).toBe(2);
  expect(await pids()).not.toContain(first);
});

test("two services of one process do not share a port", { timeout: 60_000 }, async () => {
  using server = await start({ TEST_TWICE: "1" });
  const { second, taken } = server;
  expect(second).not.toBe(server.url);
  const pids = (await Promise.all([everywhere(server.url), everywhere(second)])).map((places) => new Set(places.map(({ pid }) => pid)));
  expect(new Set([...(pids[0] ?? []), ...(pids[1] ?? [])]).size).toBe(4);
  expect(taken).toBe("BENTO_LISTEN_FAILED");
});

test(
  "what a service allows at once is divided among the workers, and what they refuse is counted together",
  { timeout: 60_000 },
  async () => {
    using server = await start({ TEST_MAX_CONCURRENCY: "2" });
    const answers = await Promise.all(Array.from({ length: 4 }, () => post(server.url, "/hold", { ms: 300 })));
    const outcomes = answers.map(({ status, headers }) => `${status} ${headers.get("retry-after") ?? ""}`);
    expect(outcomes.toSorted()).toEqual(["200 ", "200 ", "429 1", "429 1"]);
    // Each scrape may be answered by another worker.
    for (let scrape = 0; scrape < 3; scrape += 1) {
      expect(await metric(server.url, "bentoml_service_request_rejected_total", "/hold")).toBe(2);
    }
  },
);

test("the time of a caller holds in every worker, and streams are counted together", { timeout: 60_000 }, async () => {
  using server = await start();
  const late = await Promise.all(Array.from({ length: 4 }, () => post(server.url, "/hold", { ms: 9000 }, { "x-request-timeout": "0.2" })));
  for (const answer of late) {
    expect([answer.status, await answer.json()]).toEqual([
      504,
      expect.objectContaining({ error: "Not able to process the request in 0.2 seconds." }),
    ]);
  }
  const streams = () => metric(server.url, "bentoml_service_streams_open", "/letters");
  const open = await Promise.all(Array.from({ length: 4 }, () => post(server.url, "/letters")));
  for (let scrape = 0; scrape < 3; scrape += 1) expect(await streams()).toBe(4);
  await Promise.all(open.map(async ({ body }) => body?.cancel()));
  await expect.poll(streams, { timeout: 5000 }).toBe(0);
});

test("SIGTERM lets every request finish that a worker has taken", { timeout: 60_000 }, async () => {
  using server = await start();
  const held = Array.from({ length: 20 }, () => post(server.url, "/hold", { ms: 700 }));
  await expect.poll(() => metric(server.url, "bentoml_service_request_in_progress", "/hold"), { timeout: 5000, interval: 20 }).toBe(20);
  const pids = (await everywhere(server.url)).map(({ pid }) => pid);
  server.child.kill("SIGTERM");
  const answers = await Promise.all(held);
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(await server.ended).toEqual([0, null]);
  expect(pids.filter(isAlive)).toEqual([]);
});

test("SIGTERM loses no connection that the server has accepted and no worker has taken yet", { timeout: 60_000 }, async () => {
  using server = await start();
  const port = Number(new URL(server.url).port);
  const pids = [...new Set((await everywhere(server.url)).map(({ pid }) => pid))];
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  let fates: ReturnType<typeof livez>[] = [];
  await Promise.all(Array.from({ length: 10 }, () => new Promise<void>((resolve) => (fates = [...fates, livez(port, resolve)]))));
  // They are there; the server takes one of them a turn of its loop, and each question needs a turn of its own.
  for (let turn = 0; turn < 20; turn++) {
    const answered = once(server.child, "message");
    server.child.send("are you there?");
    await answered;
  }
  server.child.kill("SIGTERM");
  await expect.poll(() => isRefused(port), { timeout: 30_000, interval: 20 }).toBe(true);
  for (const pid of pids) process.kill(pid, "SIGCONT");
  expect(await Promise.all(fates)).toEqual(Array.from({ length: 10 }, () => "answered"));
  expect(await server.ended).toEqual([0, null]);
});

test("the port is held when all workers die, and a crash loop is told there", { timeout: 90_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "shared-port-"));
  const broken = join(folder, "broken");
  try {
    using server = await start({
      TEST_BROKEN: broken,
      TEST_OPTIONS: JSON.stringify({ restart: { firstDelayMs: 10, maxDelayMs: 100, loopAfter: 1, giveUpAfter: 1000 } }),
    });
    const before = (await everywhere(server.url)).map(({ pid }) => pid);
    for (const pid of new Set(before)) process.kill(pid, "SIGKILL");
    // What is given to a worker that is dying is broken off; what comes then waits for the next.
    const after = async () => (await where(server.url).catch(() => undefined))?.pid;
    await expect.poll(after, { timeout: 30_000, interval: 20 }).toEqual(expect.any(Number));
    expect(before).not.toContain(await after());
    await expect
      .poll(async () => new Set((await everywhere(server.url)).map(({ pid }) => pid)).size, { timeout: 30_000, interval: 20 })
      .toBe(2);

    writeFileSync(broken, "");
    const again = (await everywhere(server.url)).map(({ pid }) => pid);
    for (const pid of new Set(again)) process.kill(pid, "SIGKILL");
    const readyz = async () => {
      const answer = await get(`${server.url}/readyz`).catch(() => Response.error());
      return [answer.status, await answer.text()];
    };
    await expect.poll(readyz, { timeout: 30_000, interval: 20 }).toEqual([503, expect.stringContaining("BENTO_CRASH_LOOP")]);
    rmSync(broken);
    // The loop is over as soon as each of the new workers has answered.
    const calledAndReady = async () => {
      await everywhere(server.url).catch(() => undefined);
      return (await readyz())[0];
    };
    await expect.poll(calledAndReady, { timeout: 30_000, interval: 50 }).toBe(200);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the port is open before any worker listens there", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "shared-port-"));
  const late = join(folder, "late");
  writeFileSync(late, "");
  try {
    const port = await freePort();
    const starting = start({ TEST_LISTEN_LATE: late, TEST_OPTIONS: JSON.stringify({ port, drainTimeoutMs: 100 }) });
    await expect.poll(() => livez(port), { timeout: 30_000, interval: 20 }).toBe("answered");
    // Longer than a drain may take, which this is none.
    const held = post(`http://127.0.0.1:${port}`, "/hold", { ms: 1500 });
    rmSync(late);
    using server = await starting;
    expect(new URL(server.url).port).toBe(String(port));
    expect(new Set((await everywhere(server.url)).map(({ pid }) => pid)).size).toBe(2);
    expect((await held).status).toBe(200);
    // Answered by a worker, a connection stays.
    expect((await fetch(`${server.url}/livez`)).headers.get("connection")).toBe("keep-alive");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the port is never closed while all workers are gone", { timeout: 60_000 }, async () => {
  using server = await start();
  const port = Number(new URL(server.url).port);
  const before = new Set((await everywhere(server.url)).map(({ pid }) => pid));
  for (const pid of before) process.kill(pid, "SIGKILL");
  const fates = new Set<string>();
  const probing = new AbortController();
  const probe = async () => {
    for (; !probing.signal.aborted; await sleep(5)) fates.add(await livez(port));
  };
  const probed = probe();
  const places = async () => new Set((await everywhere(server.url)).map(({ pid }) => pid)).size;
  await expect.poll(places, { timeout: 30_000 }).toBe(2);
  probing.abort();
  await probed;
  expect([...fates]).toContain("answered");
  expect([...fates]).not.toContain("refused");
});

test(
  "workers that run out of descriptors close what they cannot take, and take more as soon as they can",
  { timeout: 60_000 },
  async () => {
    const mostDescriptors = 128;
    using server = await start({}, mostDescriptors);
    const before = new Set((await everywhere(server.url)).map(({ pid }) => pid));
    const port = Number(new URL(server.url).port);
    const kept: Socket[] = [];
    let closed = 0;
    // So many are refused, each after a while, that every worker is asked for a sign of life meanwhile.
    while (closed < 25) {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      socket.write("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n");
      const isAnswered = await new Promise((resolve) => socket.once("data", () => resolve(true)).once("close", () => resolve(false)));
      if (isAnswered) kept.push(socket);
      else closed += 1;
    }
    expect(kept.length).toBeGreaterThan(mostDescriptors);
    expect(kept.every(({ closed: isClosed }) => !isClosed)).toBe(true);
    for (const socket of kept) socket.destroy();
    const places = async () => new Set((await everywhere(server.url).catch(() => [])).map(({ pid }) => pid));
    await expect.poll(places, { timeout: 10_000 }).toEqual(before);
    expect(server.output()).not.toContain("ended with");
  },
);

test("a connection on its way to a worker that is killed is closed", { timeout: 60_000 }, async () => {
  using server = await start();
  const { pid } = await where(server.url);
  process.kill(pid, "SIGSTOP");
  const port = Number(new URL(server.url).port);
  // One of them is given to the worker that stands still.
  const fates = Array.from({ length: 4 }, () => livez(port));
  const known: string[] = [];
  for (const fate of fates) void fate.then((outcome) => known.push(outcome));
  await expect.poll(() => known, { timeout: 30_000, interval: 20 }).toHaveLength(3);
  process.kill(pid, "SIGKILL");
  await Promise.all(fates);
  expect(known).toEqual(["answered", "answered", "answered", "closed"]);
});

test("no worker outlives its server", { timeout: 60_000 }, async () => {
  using server = await start();
  const pids = (await everywhere(server.url)).map(({ pid }) => pid);
  expect(pids.every(isAlive)).toBe(true);
  server.child.kill("SIGKILL");
  await server.ended;
  await expect.poll(() => pids.filter(isAlive), { timeout: 5000, interval: 20 }).toEqual([]);
});

test("a worker that is worn out is replaced without a failed call", { timeout: 60_000 }, async () => {
  using server = await start({ TEST_OPTIONS: JSON.stringify({ recycle: { maxCalls: 10 } }) });
  const seen = new Set((await everywhere(server.url)).map(({ pid }) => pid));
  // Connections that are kept are those that a worker on its way out could close under a request.
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const call = () =>
    new Promise<Where>((resolve, reject) => {
      const sent = request(`${server.url}/where`, { agent, method: "POST" }, (response) => {
        void readJson(response).then((value) => resolve(value as Where), reject);
      });
      sent.on("error", reject).end("{}");
    });
  const clients = Array.from({ length: 8 }, async () => {
    while (seen.size < 4) seen.add((await call()).pid);
  });
  await Promise.all(clients);
  agent.destroy();
  expect(seen.size).toBeGreaterThanOrEqual(4);
});
