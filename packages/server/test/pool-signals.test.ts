import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { json } from "./doors.js";
import { untilRefused } from "./ports.js";
import { isAlive, processInfo, workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

/** What the transport of the programs is chosen by. */
let transport: NodeJS.ProcessEnv = {};
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "bento-pool-"))));
afterEach(() => rmSync(folder, { recursive: true }));

interface Program extends Disposable {
  readonly child: ChildProcess;
  readonly url: string;
  readonly workers: readonly number[];
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
  readonly lastMessage: () => unknown;
  readonly output: () => string;
}

interface ProgramOptions {
  readonly file?: string;
  readonly service?: string;
  readonly env?: NodeJS.ProcessEnv;
}

function launch(options: object, { file = "pool-service.mjs", service = "Pooled", env = {} }: ProgramOptions): ChildProcess {
  return fork(
    fileURLToPath(new URL("fixtures/serve-pool.mjs", import.meta.url)),
    [file, service, JSON.stringify({ workers: 2, ...options })],
    {
      execArgv: [],
      detached: true,
      // Whatever it makes of temporary files lies where the test can see it.
      env: { ...process.env, POOL_TEST_FOLDER: folder, TMPDIR: folder, ...transport, ...env },
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    },
  );
}

/** A process of its own that serves with worker processes, and is the first of a process group. */
async function start(options: object = {}, program: ProgramOptions = {}): Promise<Program> {
  const child = launch(options, program);
  let output = "";
  let last: unknown;
  child.stdout?.setEncoding("utf8").on("data", (piece: string) => (output += piece));
  child.on("message", (message) => (last = message));
  const ended = once(child, "close") as Program["ended"];
  const died = ended.then(([code]) => Promise.reject(new Error(`the program ended with ${code}: are the packages built?`)));
  const [{ url }] = (await Promise.race([once(child, "message"), died])) as [{ url: string }];
  died.catch(() => undefined);
  const workers = workersOf(child.pid);
  return {
    child,
    url,
    workers,
    ended,
    lastMessage: () => last,
    output: () => output,
    [Symbol.dispose]: () => [child.pid as number, ...workers].filter(isAlive).forEach((pid) => process.kill(pid, "SIGKILL")),
  };
}

const call = async (url: string, name: string, input: object = {}) => fetch(`${url}/${name}`, json(input));

/** Sends a signal to one of the workers. */
function hit({ workers }: Program, at: number, signal: NodeJS.Signals): number {
  const pid = workers[at];
  if (pid === undefined) throw new Error(`there is no worker ${at}`);
  process.kill(pid, signal);
  return pid;
}

/** Resolves when none of the processes is left. */
async function expectGone(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
}

/** What the workers noted. */
const diary = (): readonly string[] => readFileSync(join(folder, "diary"), "utf8").trim().split("\n").toSorted();

/** One worker that blocks its event loop, and one that is stopped. */
async function cripple(server: Program): Promise<void> {
  const blocking = call(server.url, "block", { ms: 1e9 }).catch(() => "broken off");
  void blocking;
  const stopped = hit(server, 1, "SIGSTOP");
  await expect.poll(() => processInfo(stopped)?.state).toBe("T");
}

/** One request on a connection of its own; what became of it. */
function once200(url: string): Promise<string> {
  return new Promise((resolve) => {
    const asked = request(`${url}/echo`, { method: "POST", agent: false, headers: { "content-type": "application/json" } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      answer.on("end", () => resolve(`${answer.statusCode} ${text}`));
      answer.on("error", () => resolve("broken off"));
    });
    asked.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    asked.end(JSON.stringify({ text: "right" }));
  });
}

const slow = { file: "pool-start-service.mjs", service: "OneStarts" };
const sickly = { file: "pool-start-service.mjs", service: "Sickly" };

describe.each([
  ["a pair of sockets", {}],
  ["TCP with a secret", { BENTOML_NO_UDS: "1" }],
])("over %s", (_, env) => {
  beforeEach(() => void (transport = env));
  afterEach(() => void (transport = {}));

  test.each(["SIGTERM", "SIGINT of a terminal"])(
    "%s finishes what is in flight, shuts every worker down and leaves nothing",
    async (kind) => {
      using server = await start();
      const calls = [call(server.url, "wait"), call(server.url, "wait")];
      await expect.poll(async () => (await call(server.url, "holding")).text()).toBe("1");
      // A terminal's Ctrl-C reaches the workers as well.
      if (kind === "SIGTERM") server.child.kill("SIGTERM");
      else process.kill(-(server.child.pid as number), "SIGINT");
      await untilRefused(server.url);
      mkdirSync(join(folder, "go"));
      for (const answer of await Promise.all(calls)) expect(await answer.text()).toBe("waited");
      expect(await server.ended).toEqual([0, null]);
      expect(server.lastMessage()).toEqual({ closed: true });
      expect(diary()).toEqual(server.workers.map((pid) => `shut down ${pid}`).toSorted());
      await expectGone(server.workers);
      expect(readdirSync(folder).toSorted()).toEqual(["diary", "go"]);
    },
  );

  test("a second signal ends everything at once, also workers that cannot listen", async () => {
    using server = await start();
    await cripple(server);
    server.child.kill("SIGTERM");
    await untilRefused(server.url);
    server.child.kill("SIGTERM");
    expect(await server.ended).toEqual([null, "SIGTERM"]);
    await expectGone(server.workers);
  });

  test("workers that cannot listen do not outlive the time that a drain has", async () => {
    using server = await start({ drainTimeoutMs: 100, shutdownTimeoutMs: 100 });
    await cripple(server);
    server.child.kill("SIGTERM");
    expect(await server.ended).toEqual([0, null]);
    await expectGone(server.workers);
  });

  test("SIGTERM during the start shuts down the workers that were ready, and leaves nothing", async () => {
    const child = launch({ workers: 2, shutdownTimeoutMs: 100 }, slow);
    const ended = once(child, "close");
    const noted = () => (existsSync(join(folder, "diary")) ? diary().map((line) => line.replace(/ \d+$/, "")) : []);
    await expect.poll(noted, { timeout: 30_000 }).toEqual(["started", "starting"]);
    const workers = workersOf(child.pid);
    child.kill("SIGTERM");
    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(noted()).toEqual(["shut down", "started", "starting"]);
    expect(workers).toHaveLength(2);
    await expectGone(workers);
  });

  test("SIGTERM during a reload ends the old workers and the new ones", async () => {
    using server = await start({ workers: 1, shutdownTimeoutMs: 100 }, slow);
    server.child.send("reload");
    await expect.poll(diary, { timeout: 30_000 }).toHaveLength(2);
    const workers = workersOf(server.child.pid);
    expect((await call(server.url, "pid")).status).toBe(200);
    server.child.kill("SIGTERM");
    expect(await server.ended).toEqual([0, null]);
    expect(server.lastMessage()).toEqual({ closed: true });
    expect(diary()).toContain(`shut down ${server.workers[0]}`);
    expect(workers).toHaveLength(2);
    await expectGone(workers);
  });

  test("no worker outlives a server that was killed, whatever it is at", async () => {
    using server = await start({ workers: 3 });
    // Their environment says how they are connected.
    const hasPort = server.workers.map((pid) => readFileSync(`/proc/${pid}/environ`, "utf8").includes("BENTO_WORKER_PORT="));
    expect(hasPort).toEqual(Array.from({ length: 3 }, () => "BENTOML_NO_UDS" in transport));
    await cripple(server);
    server.child.kill("SIGKILL");
    await expectGone(server.workers);
  });

  test("nor where the system has no death signal to send", async () => {
    // The blocked one has nobody but the thread beside it.
    using server = await start({}, { env: { PATH: "/nowhere" } });
    await call(server.url, "blockLater");
    server.child.kill("SIGKILL");
    await expectGone(server.workers);
  });

  test("SIGTERM under load loses no accepted request", async () => {
    using server = await start({ workers: 1 });
    const outcomes: string[] = [];
    const load = async () => {
      for (;;) {
        const outcome = await once200(server.url);
        outcomes.push(outcome);
        if (!outcome.startsWith("200")) return;
        if (outcomes.length === 200) server.child.kill("SIGTERM");
      }
    };
    await Promise.all(Array.from({ length: 16 }, load));
    expect(await server.ended).toEqual([0, null]);
    const logged = server
      .output()
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { status?: number }).status);
    // Whatever was accepted is in the log, and had its answer; the last of each loop was not let in any more.
    expect(new Set(logged)).toEqual(new Set([200]));
    expect(outcomes.filter((outcome) => outcome === "200 right").length).toBe(logged.length);
    expect(outcomes.filter((outcome) => !outcome.startsWith("200")).every((outcome) => /^ECONN(REFUSED|RESET)$/.test(outcome))).toBe(true);
  });

  test("a server whose workers die again and again gives up, and fails", async () => {
    using server = await start({ workers: 1, restart: { firstDelayMs: 1, loopAfter: 2, giveUpAfter: 3 } }, sickly);
    hit(server, 0, "SIGKILL");
    expect(await server.ended).toEqual([1, null]);
    expect(server.lastMessage()).toEqual({ failed: "BENTO_CRASH_LOOP" });
  });

  test("a server that is ended in the middle of a crash loop says so by its exit code", async () => {
    using server = await start({ workers: 1, restart: { firstDelayMs: 1, maxDelayMs: 50, loopAfter: 2, giveUpAfter: 10_000 } }, sickly);
    hit(server, 0, "SIGKILL");
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).text(), { timeout: 10_000 }).toContain("BENTO_CRASH_LOOP");
    server.child.kill("SIGTERM");
    expect(await server.ended).toEqual([1, null]);
    expect(server.lastMessage()).toEqual({ failed: "BENTO_CRASH_LOOP" });
  });
});

test("with the times that are set by default, a server is gone within the 30 seconds that a container gets", async () => {
  using server = await start({ workers: 1 });
  const broken = call(server.url, "wait").catch(() => "broken off");
  await expect.poll(async () => (await call(server.url, "holding")).text()).toBe("1");
  // Neither the call in flight ends, nor do the shutdown hooks begin.
  hit(server, 0, "SIGSTOP");
  const from = performance.now();
  server.child.kill("SIGTERM");
  expect(await server.ended).toEqual([0, null]);
  expect(performance.now() - from).toBeLessThan(30_000);
  expect(await broken).toBe("broken off");
  await expectGone(server.workers);
});

test("what workers write comes line by line with their names, whatever it is", async () => {
  using server = await start({ workers: 1, accessLog: false });
  await Promise.all([call(server.url, "babble"), call(server.url, "babble")]);
  expect(await (await call(server.url, "echo", { text: "fine" })).text()).toBe("fine");
  server.child.kill("SIGTERM");
  await server.ended;
  const lines = server.output().trimEnd().split("\n");
  expect(lines.filter((line) => !line.startsWith("Pooled[1] "))).toEqual([]);
  expect(lines.join("").replaceAll(/[^x]/g, "").length).toBe(400_000);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(140_000);
});
