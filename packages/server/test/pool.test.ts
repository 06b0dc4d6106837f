import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type AppOptions, createApp, serve } from "../dist/index.js";
import { Narrow, Pooled } from "./fixtures/pool-service.mjs";
import { json, LineLogger } from "./doors.js";
import { isAlive, openFiles, workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = new URL("fixtures/pool-service.mjs", import.meta.url);

interface Where {
  readonly pid: number;
  readonly worker: { readonly index: number; readonly count: number };
  readonly requestId: string;
  readonly method: string;
}

async function pool(options: AppOptions = {}) {
  const logger = new LineLogger();
  const app = await createApp(Pooled, { workers: 2, mode: "pool", entry, execArgv: [], logger, ...options });
  const call = async (name: string, input: object = {}, init: RequestInit = {}) => app.request(`/${name}`, { ...json(input), ...init });
  const text = async (name: string, input: object = {}) => (await call(name, input)).text();
  const where = async () => (await (await call("where")).json()) as Where;
  /** Resolves when the log has a line. */
  const logged = (part: string) =>
    expect.poll(() => logger.lines.map(({ message }) => message).join("\n"), { timeout: 15_000 }).toContain(part);
  return { app, call, text, where, logger, logged, [Symbol.asyncDispose]: () => app.close() };
}

/** What is checked wherever a worker went wrong: others answer, and soon there are two again. */
async function expectRecovery({ text, where }: Awaited<ReturnType<typeof pool>>): Promise<void> {
  expect(await text("echo", { text: "still here" })).toBe("still here");
  await expect
    .poll(async () => new Set((await Promise.all(Array.from({ length: 8 }, where))).map(({ pid }) => pid)).size, { timeout: 10_000 })
    .toBe(2);
}

let filesBefore = 0;

describe.each(["a pair of sockets", "TCP with a secret"])("over %s", (transport) => {
  beforeEach(() => {
    if (transport.startsWith("TCP")) process.env["BENTOML_NO_UDS"] = "1";
    filesBefore = openFiles();
  });
  afterEach(async () => {
    delete process.env["BENTOML_NO_UDS"];
    expect(workersOf()).toEqual([]);
    await expect.poll(() => openFiles()).toBeLessThanOrEqual(filesBefore);
  });

  test("calls run in the worker processes, in turns; whatever crosses comes through whole", async () => {
    await using service = await pool();
    const places = await Promise.all(Array.from({ length: 8 }, service.where));
    expect(new Set(places.map(({ pid }) => pid))).toEqual(new Set(workersOf()));
    expect(new Set(places.map(({ worker }) => `${worker.index} of ${worker.count}`))).toEqual(new Set(["1 of 2", "2 of 2"]));
    expect(places[0]?.method).toBe("POST");
    const answer = await service.call("where");
    expect(((await answer.json()) as Where).requestId).toBe(answer.headers.get("x-bentoml-request-id"));
    expect(await service.text("echo", { text: "hä?" })).toBe("hä?");
    const refused = await service.call("refuse");
    expect([refused.status, await refused.json()]).toEqual([
      404,
      [{ code: "BENTO_NOT_FOUND", error: "no such cat", hint: "Ask for a dog." }],
    ]);
    const failed = await service.call("fail");
    expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining("secret")]);
    expect((await service.call("echo", { text: 1 })).status).toBe(400);
    const tea = await service.call("teapot");
    expect([tea.status, tea.headers.get("x-tea"), await tea.text()]).toEqual([418, "green", "short and stout"]);
    const text = "é".repeat(1_500_000);
    expect(await service.text("echo", { text })).toBe(text);
    expect((await service.text("big", { length: 10_000_000 })).length).toBe(10_000_000);
    expect(await service.text("count", { to: 2000 })).toBe(Array.from({ length: 2000 }, (_, n) => n + 1).join(""));
  });

  test("whatever a worker dies of, its own calls alone fail, and another one takes its place", async () => {
    await using service = await pool({ workers: 2 });
    for (const [name, how] of [
      ["die", "by SIGKILL"],
      ["exit", "with exit code 3"],
      ["letGo", "ended"],
      ["garbage", "failed: "],
    ] as const) {
      const died = await service.call(name);
      expect([name, died.status, await died.json()]).toEqual([name, 503, expect.objectContaining({ code: "BENTO_WORKER_DIED" })]);
      await service.logged(how);
      expect(await service.text("echo", { text: "still here" })).toBe("still here");
    }
    await expectRecovery(service);
    expect(service.logger.lines.map(({ level }) => level)).not.toContain("info");
  });

  test("what is thrown or rejected outside of a call ends the worker, and the log says what it was", async () => {
    await using service = await pool({ workers: 1 });
    for (const [name, message] of [
      ["throwLater", "outside of a call"],
      ["rejectLater", "rejected"],
    ] as const) {
      expect(await service.text(name)).toBe("soon");
      await expect
        .poll(() => service.logger.lines.map(({ fields }) => (fields["err"] as Error | undefined)?.message), { timeout: 10_000 })
        .toContain(message);
      expect(await service.text("echo", { text: "again" })).toBe("again");
    }
  });

  test("a call whose caller leaves, or whose time is over, is told so in the worker", async () => {
    await using service = await pool({ workers: 1, timeout: 2 });
    const controller = new AbortController();
    const left = service.call("hold", { ms: 60_000 }, { signal: controller.signal }).catch(() => "left");
    await expect.poll(() => service.text("holding")).toBe("1");
    controller.abort();
    await left;
    await expect.poll(() => service.text("aborted")).toContain("BENTO_CANCELLED");
    const late = await service.call("hold", { ms: 60_000 });
    expect(late.status).toBe(504);
    await expect.poll(() => service.text("aborted")).toContain("BENTO_TIMEOUT");
    expect(await service.text("holding")).toBe("0");
  });

  test("a worker at a long call is waited for; one that stands still for longer is replaced", async () => {
    await using service = await pool({ workers: 1, hangTimeoutMs: 300, timeout: 3 });
    const { pid } = await service.where();
    expect(await service.text("block", { ms: 900 })).toBe("blocked");
    expect((await service.where()).pid).toBe(pid);
    // No call: it hangs by itself.
    await service.call("blockLater");
    await service.logged("failed: The worker Pooled[1] gave no sign of life");
    expect(service.logger.lines.at(-1)?.fields["err"]).toMatchObject({ message: expect.stringContaining("gave no sign of life") });
    expect((await service.where()).pid).not.toBe(pid);
  });
});

test("a call that blocks for ever takes its worker with it when its time is over", async () => {
  await using service = await pool({ workers: 1, hangTimeoutMs: 200, timeout: 1 });
  const answer = await service.call("block", { ms: 1e9 });
  expect(answer.status).toBe(504);
  await service.logged("failed: The worker Pooled[1] gave no sign of life");
  await expect.poll(() => service.text("echo", { text: "free" }), { timeout: 20_000 }).toBe("free");
});

test("a stopped worker goes on if it is let to in time, and is replaced if not", async () => {
  await using service = await pool({ workers: 1, hangTimeoutMs: 1000, timeout: 3 });
  const { pid } = await service.where();
  process.kill(pid, "SIGSTOP");
  const waiting = service.where();
  process.kill(pid, "SIGCONT");
  expect((await waiting).pid).toBe(pid);
  process.kill(pid, "SIGSTOP");
  await service.logged("failed: The worker Pooled[1] gave no sign of life");
  expect((await service.where()).pid).not.toBe(pid);
});

test("a process that a dead worker leaves behind holds nothing up", async () => {
  const service = await pool({ workers: 1 });
  const orphan = Number(await service.text("leaveChild"));
  const died = await service.call("die");
  expect(died.status).toBe(503);
  expect(await service.text("echo", { text: "next" })).toBe("next");
  expect(isAlive(orphan)).toBe(true);
  await service.app.close();
  await expect.poll(() => openFiles()).toBeLessThanOrEqual(filesBefore);
  process.kill(orphan, "SIGKILL");
});

test.each([
  ["age", { maxAgeMs: 300 }],
  ["calls", { maxCalls: 50 }],
  ["memory", { maxMemoryBytes: 250_000_000 }],
] as const)("workers are recycled by %s without a failed call", async (what, recycle) => {
  await using service = await pool({ workers: 2, recycle, hangTimeoutMs: 3000 });
  const pids = new Set<number>();
  const failures: string[] = [];
  const load = async () => {
    while (pids.size < 3) {
      const answer = await service.call(what === "memory" ? "leak" : "where");
      if (answer.ok) pids.add(((await answer.json()) as Where).pid);
      else failures.push(await answer.text());
    }
  };
  await Promise.all([load(), load(), load()]);
  expect([failures, service.logger.lines.map(({ message }) => message)]).toEqual([[], []]);
});

test("a worker on its way out that cannot listen has no more time than others when the server closes", async () => {
  const times = { drainTimeoutMs: 100, shutdownTimeoutMs: 100 };
  const parts = { port: 0, workers: 1, mode: "pool", entry, execArgv: [], logger: new LineLogger(), handleSignals: false } as const;
  const server = await serve(Pooled, { ...parts, ...times });
  const [old] = workersOf() as [number];
  process.kill(old, "SIGSTOP");
  await server.app.reload();
  expect(workersOf()).toContain(old);
  const from = performance.now();
  await server.close();
  // As long as a call may take would be 20 seconds.
  expect(performance.now() - from).toBeLessThan(10_000);
  expect(workersOf()).toEqual([]);
});

test("the limit of calls at once holds over all workers, and what a dead worker had is free again", async () => {
  await using app = await createApp(Narrow, { workers: 2, mode: "pool", entry, execArgv: [] });
  const hold = async () => app.request("/hold", json({ ms: 60_000 }));
  const held = [hold(), hold(), hold()];
  await expect.poll(async () => (await hold()).status).toBe(429);
  for (const pid of workersOf()) process.kill(pid, "SIGKILL");
  expect((await Promise.all(held)).map(({ status }) => status)).toEqual([503, 503, 503]);
  await expect.poll(async () => (await app.request("/hold", json({ ms: 1 }))).status, { timeout: 10_000 }).toBe(200);
  const metrics = await (await app.request("/metrics")).text();
  expect(metrics).toMatch(/request_total\{(?=[^}]*endpoint="\/hold")(?=[^}]*http_response_code="429")/);
  expect(metrics).toMatch(/request_in_progress\{endpoint="\/hold"[^}]*\} 0/);
});

test("the body limit, ids and the access log are the server's", async () => {
  const logger = new LineLogger();
  await using app = await createApp(Pooled, { workers: 1, mode: "pool", entry, execArgv: [], logger, accessLog: true, maxBodyBytes: 100 });
  expect((await app.request("/echo", json({ text: "x".repeat(200) }))).status).toBe(413);
  const answer = await app.request("/echo", json({ text: "x" }));
  const lines = logger.lines.map(({ fields }) => [fields["path"], fields["status"]]);
  expect(lines).toEqual([
    ["/echo", 413],
    ["/echo", 200],
  ]);
  expect(logger.lines[1]?.fields["requestId"]).toBe(answer.headers.get("x-bentoml-request-id"));
});
