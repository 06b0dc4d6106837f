import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createApp } from "../../dist/index.js";
import { availableCores } from "../../src/devices/cores.js";
import { json } from "../doors.js";
import { FourGpus, OneGpu, ThreeGpus } from "../fixtures/pinned-service.mjs";
import { Pool, visible, type Where } from "./pinned-pool.js";
import { cutUpGpus, slices, type StandIn, standInListing, uuids, wholeGpus } from "./stand-in-nvidia-smi.js";

const timeout = 60_000;
const variables = ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK"];

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-pinning-"));
  log = join(folder, "locks");
  await writeFile(log, "");
  vi.stubEnv("DEVICE_LOCK_LOG", log);
  for (const name of [...variables, "BENTOML_DISABLE_GPU_ALLOCATION"]) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A machine with the GPUs that an `nvidia-smi` of ours lists. */
async function machine(lines: readonly string[]): Promise<StandIn> {
  const smi = await standInListing(lines);
  vi.stubEnv("PATH", `${smi.folder}:${process.env["PATH"]}`);
  return smi;
}

/** What each process wrote when it locked its devices. */
const locks = async () => (await readFile(log, "utf8")).trim().split("\n");

const twoGpus = { workers: [{ gpus: [0] }, { gpus: [uuids[1]] }] } as const;

describe.each([
  ["Unix sockets", false],
  ["TCP", true],
])("over %s", (_name, isTcp) => {
  beforeEach(() => vi.stubEnv("BENTOML_NO_UDS", isTcp ? "1" : undefined));

  test("each worker is started with its own device, and so is the one that follows it after a death", { timeout }, async () => {
    await using _ = await machine(wholeGpus(2));
    await using pool = await Pool.start(twoGpus);
    const first = await pool.everyWorker(2);
    expect(visible(first)).toEqual(["0", uuids[1]]);
    expect(first.map(({ worker }) => worker)).toEqual([
      { index: 1, count: 2, devices: ["0"] },
      { index: 2, count: 2, devices: [uuids[1]] },
    ]);
    expect(first.map(({ environ }) => environ["CUDA_DEVICE_ORDER"])).toEqual(["PCI_BUS_ID", undefined]);
    expect(first.map(({ environ }) => environ["BENTO_WORKER_PORT"] !== undefined)).toEqual([isTcp, isTcp]);
    const pids = new Set(first.map(({ pid }) => pid));
    for (const pid of pids) process.kill(pid, "SIGKILL");
    const second = await pool.everyWorker(2, ({ pid }) => !pids.has(pid));
    expect(visible(second)).toEqual(["0", uuids[1]]);
  });

  test("a device is held by one process at any instant, through recycling and deaths", { timeout }, async () => {
    await using _ = await machine(wholeGpus(2));
    await using pool = await Pool.start({ ...twoGpus, recycle: { maxCalls: 60 } });
    let workers = await pool.everyWorker(2);
    const seen = new Set(workers.map(({ pid }) => pid));
    for (let round = 0; round < 2; round += 1) {
      // Recycled: everyWorker() asks each of them more often than it may answer.
      workers = await pool.everyWorker(2, ({ pid }) => !seen.has(pid));
      for (const { pid } of workers) seen.add(pid);
      expect(visible(workers)).toEqual(["0", uuids[1]]);
      // While one is on its way out, or has just begun, or is at work.
      for (const { pid } of workers.slice(round, round + 1)) process.kill(pid, "SIGKILL");
    }
    workers = await pool.everyWorker(2, ({ pid }) => !seen.has(pid));
    expect(visible(workers)).toEqual(["0", uuids[1]]);
    const said = await locks();
    expect(said.length).toBeGreaterThanOrEqual(8);
    expect(new Set(said)).toEqual(new Set(["took 0", `took ${uuids[1]}`]));
  });

  test("a worker that dies in every start has its device in each of them, and when it comes up again", { timeout }, async () => {
    const crash = join(folder, "crash");
    vi.stubEnv("PINNED_CRASH", crash);
    await using _ = await machine(wholeGpus(2));
    await using pool = await Pool.start({ ...twoGpus, restart: { loopAfter: 2, firstDelayMs: 20, maxDelayMs: 50 } });
    const [first, other] = (await pool.everyWorker(2)) as [Where, Where];
    const before = (await locks()).length;
    expect(await pool.readiness()).toBe("200");
    await writeFile(crash, "");
    process.kill(first.pid, "SIGKILL");
    await expect.poll(() => pool.readiness(), { timeout: 30_000 }).toMatch(/^503 .*"code":"BENTO_CRASH_LOOP"/);
    // Deep in the loop it is still that device, and no other; the other worker is at work on its own.
    await expect.poll(async () => (await locks()).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(before + 4);
    expect(new Set((await locks()).slice(before))).toEqual(new Set(["took 0"]));
    expect(await pool.ask()).toMatchObject({ pid: other.pid, environ: { CUDA_VISIBLE_DEVICES: uuids[1] } });
    await rm(crash);
    expect(visible(await pool.everyWorker(2, ({ pid }) => pid !== first.pid))).toEqual(["0", uuids[1]]);
    await expect.poll(() => pool.readiness(), { timeout: 30_000 }).toBe("200");
    expect((await locks()).filter((line) => !line.startsWith("took"))).toEqual([]);
  });

  test("GPUs that a service asks for are split evenly", { timeout }, async () => {
    await using _ = await machine(wholeGpus(4));
    await using pool = await Pool.start({ workers: 2 }, FourGpus);
    const workers = await pool.everyWorker(2);
    expect(visible(workers)).toEqual(["0,1", "2,3"]);
    expect(workers.map(({ worker }) => worker.devices)).toEqual([
      ["0", "1"],
      ["2", "3"],
    ]);
    const [first] = workers as [Where];
    process.kill(first.pid, "SIGKILL");
    expect(visible(await pool.everyWorker(2, ({ pid }) => pid !== first.pid))).toEqual(["0,1", "2,3"]);
    expect((await locks()).filter((line) => !line.startsWith("took"))).toEqual([]);
  });

  test("servers of one process have a GPU each, and give it back when they close or cannot start", { timeout }, async () => {
    const crash = join(folder, "crash");
    vi.stubEnv("PINNED_CRASH", crash);
    await using _ = await machine(wholeGpus(2));
    const asked = () => Pool.serveHere({}, OneGpu);
    const [first, second] = await Promise.all([asked(), asked()]);
    try {
      const own = async (pool: Pool) => visible(await pool.everyWorker(1))[0];
      const [gpu, otherGpu] = [await own(first), await own(second)];
      expect(new Set([gpu, otherGpu])).toEqual(new Set(["0", "1"]));
      await expect(asked()).rejects.toThrow("asks for 1 GPU; this machine has 2, of which 0 are free.");
      // Whoever makes do with none must not see the others'.
      await using clamped = await Pool.serveHere({ devices: "clamp" }, OneGpu);
      expect(await own(clamped)).toBe("");
      await first.close();
      await writeFile(crash, "");
      await expect(asked()).rejects.toMatchObject({ code: "BENTO_WORKER_FAILED" });
      await rm(crash);
      await using third = await asked();
      expect([await own(third), await own(second)]).toEqual([gpu, otherGpu]);
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
    expect((await locks()).filter((line) => !line.startsWith("took"))).toEqual([]);
  });

  test.each([
    ["HIP_VISIBLE_DEVICES", "3,GPU-5ba4,1,0", ["3,GPU-5ba4", "1,0"]],
    ["ROCR_VISIBLE_DEVICES", "GPU-5ba4,GPU-91ed,2,3", ["GPU-5ba4,GPU-91ed", "2,3"]],
    ["ZE_AFFINITY_MASK", "0.0,0.1,1.0,1.1", ["0.0,0.1", "1.0,1.1"]],
  ] as const)("%s that is set is divided, before and after a death", { timeout }, async (variable, value, expected) => {
    await using _ = await machine([]);
    vi.stubEnv(variable, value);
    await using pool = await Pool.start({ workers: 2, devices: "visible" }, FourGpus);
    const workers = await pool.everyWorker(2);
    expect(visible(workers, variable)).toEqual(expected);
    expect(workers.map(({ worker }) => worker.devices.join())).toEqual(expected);
    expect(visible(workers)).toEqual([undefined, undefined]);
    const [first] = workers as [Where];
    process.kill(first.pid, "SIGKILL");
    expect(visible(await pool.everyWorker(2, ({ pid }) => pid !== first.pid), variable)).toEqual(expected);
    expect((await locks()).toSorted()).toEqual([...value.split(","), ...expected[0].split(",")].map((id) => `took ${id}`).toSorted());
  });
});

test("the lock of that test does tell when two processes hold one device", { timeout }, async () => {
  await using _ = await machine(wholeGpus(1));
  await using pool = await Pool.start({ workers: [{ gpus: [0] }, { gpus: [0] }] });
  expect(visible(await pool.everyWorker(2))).toEqual(["0", "0"]);
  expect((await locks()).toSorted()).toEqual(["conflict 0", "took 0"]);
});

test("MIG slices are given by their names", { timeout }, async () => {
  await using _ = await machine(cutUpGpus);
  await using pool = await Pool.start({ workers: [{ gpus: [slices[2]] }, { gpus: [slices[0]] }, { gpus: [] }] });
  const workers = await pool.everyWorker(3);
  expect(visible(workers)).toEqual([slices[2], slices[0], ""]);
  expect(workers.map(({ environ }) => environ["CUDA_DEVICE_ORDER"])).toEqual([undefined, undefined, undefined]);
});

test("GPUs that cannot be split are the same list for all, and the log says so", { timeout }, async () => {
  await using _ = await machine(wholeGpus(4));
  const notes: string[] = [];
  const logger = { info: () => undefined, warn: (_fields: object, text: string) => void notes.push(text), error: () => undefined };
  await using pool = await Pool.start({ workers: 2, logger }, ThreeGpus);
  const workers = await pool.everyWorker(2);
  expect(visible(workers)).toEqual(["0,1,2", "0,1,2"]);
  expect(notes).toContain("All 2 workers of ThreeGpus share the GPUs 0, 1, 2, since 3 GPUs cannot be split evenly.");
  const [first] = workers as [Where];
  process.kill(first.pid, "SIGKILL");
  expect(visible(await pool.everyWorker(2, ({ pid }) => pid !== first.pid))).toEqual(["0,1,2", "0,1,2"]);
});

test("two workers and two GPUs leave a variable alone that is set, and divide it if they are told to", { timeout }, async () => {
  await using _ = await machine(wholeGpus(4));
  vi.stubEnv("CUDA_VISIBLE_DEVICES", "3,2,1,0");
  await using alone = await Pool.start({ workers: 2 }, FourGpus);
  expect(visible(await alone.everyWorker(2))).toEqual(["3,2,1,0", "3,2,1,0"]);
  await using divided = await Pool.start({ workers: 2, devices: "visible" }, FourGpus);
  expect(visible(await divided.everyWorker(2))).toEqual(["3,2", "1,0"]);
});

test(
  "without devices of their own, workers see what the server sees; libraries get a share of the cores, unless told otherwise",
  { timeout },
  async () => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "7,5");
    vi.stubEnv("OMP_NUM_THREADS", undefined);
    vi.stubEnv("MKL_NUM_THREADS", "13");
    await using pool = await Pool.start({ workers: 2 });
    const share = String(Math.max(1, Math.floor(availableCores() / 2)));
    for (const { environ, worker } of await pool.everyWorker(2)) {
      expect([environ["CUDA_VISIBLE_DEVICES"], worker.devices]).toEqual(["7,5", []]);
      expect([environ["OMP_NUM_THREADS"], environ["OPENBLAS_NUM_THREADS"], environ["MKL_NUM_THREADS"]]).toEqual([share, share, "13"]);
    }
  },
);

test("workers that share a port are started with their devices, too", { timeout }, async () => {
  await using _ = await machine(wholeGpus(4));
  await using own = await Pool.serve("FourGpus", { mode: "shared-port" });
  const first = await own.everyWorker(2);
  expect(visible(first)).toEqual(["0,1", "2,3"]);
  const [dead] = first as [Where];
  process.kill(dead.pid, "SIGKILL");
  expect(visible(await own.everyWorker(2, ({ pid }) => pid !== dead.pid))).toEqual(["0,1", "2,3"]);
  expect((await locks()).filter((line) => !line.startsWith("took"))).toEqual([]);
});

test("workers that share all their devices may share the port, too", { timeout }, async () => {
  await using _ = await machine(wholeGpus(3));
  await using same = await Pool.serve("ThreeGpus", {});
  expect(visible(await same.everyWorker(2))).toEqual(["0,1,2", "0,1,2"]);
});

test("devices that are not there stop the start, before any process", { timeout }, async () => {
  await using _ = await machine(wholeGpus(2));
  await expect(Pool.start({ workers: [{ gpus: [0] }, { gpus: [2] }] })).rejects.toMatchObject({ code: "BENTO_DEVICE_UNAVAILABLE" });
  await expect(Pool.start({ workers: 2 }, FourGpus)).rejects.toThrow("asks for 4 GPUs; this machine has 2.");
  expect(await readFile(log, "utf8")).toBe("");
});

test("a service that asks for GPUs starts without on a machine that has none", { timeout }, async () => {
  await using _ = await machine([]);
  await using pool = await Pool.start({ workers: 2 }, FourGpus);
  expect(visible(await pool.everyWorker(2))).toEqual([undefined, undefined]);
});

test("createApp runs a service in this process and leaves its environment alone, whatever the service asks for", async () => {
  await using _ = await machine(wholeGpus(1));
  const before = { ...process.env };
  const warnings: string[] = [];
  const logger = { info: () => undefined, warn: (_fields: object, text: string) => void warnings.push(text), error: () => undefined };
  await using app = await createApp(FourGpus, { logger });
  expect({ ...process.env }).toEqual(before);
  const where = (await (await app.request("/where", json({}))).json()) as Where;
  expect([where.pid, where.worker, warnings]).toEqual([process.pid, { index: 1, count: 1, devices: [] }, []]);
});
