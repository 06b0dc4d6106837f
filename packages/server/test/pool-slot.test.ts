import { expect, test, vi } from "vitest";

// A worker's program exists only in the built package.
import { TcpTransport } from "../dist/workers/tcp-transport.js";
import { WorkerProcess } from "../dist/workers/worker-process.js";
import { WorkerSlot } from "../dist/workers/worker-slot.js";
import { processInfo, workersOf } from "./processes.js";

// Every test waits for processes to start.
vi.setConfig({ testTimeout: 60_000 });

const entry = { url: new URL("fixtures/pool-service.mjs", import.meta.url).href, exportName: undefined, serviceName: "Pooled" };

test("a place that is ended at once ends also a worker that is on its way out and cannot listen", async () => {
  await using transport = await TcpTransport.open();
  const name = "Pooled[1]";
  const init = { entry, home: undefined, pins: {}, shutdownTimeoutMs: 60_000, worker: { index: 1, count: 1, devices: [] } };
  const launch = (onlyLoads: boolean) =>
    new WorkerProcess({
      name,
      init: { ...init, onlyLoads },
      connect: () => transport.connect({ name, env: process.env, execArgv: [], isWatched: false }),
      pin: async () => ({ pins: {} }),
      startTimeoutMs: 60_000,
    });
  const slot = new WorkerSlot(
    { index: 1, isExclusive: false },
    {
      start: () => launch(false),
      rehearse: () => launch(true),
      restart: undefined,
      finishMs: () => 60_000,
      logger: undefined,
      onChange: () => undefined,
    },
  );
  await slot.start();
  const [old] = workersOf() as [number];
  process.kill(old, "SIGSTOP");
  await expect.poll(() => processInfo(old)?.state).toBe("T");
  await slot.replace();
  expect(workersOf()).toEqual([old, slot.worker?.pid]);
  slot.kill();
  await expect.poll(() => workersOf(), { timeout: 10_000 }).toEqual([]);
});
