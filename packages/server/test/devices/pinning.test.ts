import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type AppOptions, createApp, type ServeOptions } from "../../dist/index.js";
import { availableCores } from "../../src/devices/cores.js";
import { json } from "../doors.js";
import { FourGpus, Pinned, ThreeGpus } from "../fixtures/pinned-service.mjs";
import { cutUpGpus, slices, type StandIn, standInListing, uuids, wholeGpus } from "./stand-in-nvidia-smi.js";

const entry = new URL("../fixtures/pinned-service.mjs", import.meta.url);
const lock = fileURLToPath(new URL("../fixtures/device-lock.cjs", import.meta.url));
const timeout = 60_000;

let folder: string;
let log: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bento-pinning-"));
  log = join(folder, "locks");
  await writeFile(log, "");
  vi.stubEnv("DEVICE_LOCK_LOG", log);
  vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
  vi.stubEnv("BENTOML_DISABLE_GPU_ALLOCATION", undefined);
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

interface Where {
  readonly pid: number;
  readonly worker: { readonly index: number; readonly count: number; readonly devices: readonly string[] };
  readonly environ: Readonly<Record<string, string | undefined>>;
}

const execArgv = ["--require", lock];

class Pool implements AsyncDisposable {
  readonly #call: () => Promise<Response>;
  readonly #close: () => Promise<unknown>;

  constructor(call: () => Promise<Response>, close: () => Promise<unknown>) {
    this.#call = call;
    this.#close = close;
  }

  static async start(options: AppOptions, service = Pinned): Promise<Pool> {
    const app = await createApp(service, { entry, execArgv, ...options });
    return new Pool(
      async () => app.request("/where", json({})),
      () => app.close(),
    );
  }

  /** Served by a program of its own, whose workers may share a port. */
  static async serve(service: string, options: ServeOptions): Promise<Pool> {
    const env = { ...process.env, TEST_SERVICE: service, TEST_OPTIONS: JSON.stringify({ execArgv, ...options }) };
    const program = fork(fileURLToPath(new URL("../fixtures/serve-pinned.mjs", import.meta.url)), { env, execArgv: [], stdio: "ignore" });
    const ended = once(program, "exit");
    const early = ended.then(() => Promise.reject(new Error("the program ended: are the packages built?")));
    early.catch(() => undefined);
    const [url] = (await Promise.race([once(program, "message"), early])) as [string];
    // Each call on a connection of its own, so that they are spread; a call that a killed worker took with it must not hold up the test.
    const call = () =>
      fetch(`${url}/where`, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json", connection: "close" },
        signal: AbortSignal.timeout(2000),
      });
    return new Pool(call, async () => {
      program.kill();
      await ended;
    });
  }

  async ask(): Promise<Where | undefined> {
    const response = await this.#call().catch(() => undefined);
    return response?.ok === true ? ((await response.json()) as Where) : undefined;
  }

  /** What each worker says, in their order, when as many as there are answer and fit. */
  async everyWorker(count: number, fits: (where: Where) => boolean = () => true): Promise<readonly Where[]> {
    const found = new Map<number, Where>();
    const look = async () => {
      const answers = await Promise.all(Array.from({ length: count * 2 }, () => this.ask()));
      for (const answer of answers) if (answer !== undefined && fits(answer)) found.set(answer.worker.index, answer);
      return found.size;
    };
    await expect.poll(look, { timeout: 30_000, interval: 50 }).toBe(count);
    return [...found.values()].toSorted((a, b) => a.worker.index - b.worker.index);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

const visible = (workers: readonly Where[]) => workers.map(({ environ }) => environ["CUDA_VISIBLE_DEVICES"]);
/** What each process wrote when it locked its devices. */
const locks = async () => (await readFile(log, "utf8")).trim().split("\n");

const twoGpus = { workers: [{ gpus: [0] }, { gpus: [uuids[1]] }] } as const;

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

test("the lock of that test does tell when two processes hold one device", { timeout }, async () => {
  await using _ = await machine(wholeGpus(1));
  await using pool = await Pool.start({ workers: [{ gpus: [0] }, { gpus: [0] }] });
  expect(visible(await pool.everyWorker(2))).toEqual(["0", "0"]);
  expect((await locks()).toSorted()).toEqual(["conflict 0", "took 0"]);
});

test("a worker that dies in every start has its device again when it comes up", { timeout }, async () => {
  const crash = join(folder, "crash");
  vi.stubEnv("PINNED_CRASH", crash);
  await using _ = await machine(wholeGpus(2));
  await using pool = await Pool.start(twoGpus);
  const [first] = (await pool.everyWorker(2)) as [Where, Where];
  const before = (await locks()).length;
  await writeFile(crash, "");
  process.kill(first.pid, "SIGKILL");
  await expect.poll(async () => (await locks()).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(before + 3);
  await rm(crash);
  expect(visible(await pool.everyWorker(2, ({ pid }) => pid !== first.pid))).toEqual(["0", uuids[1]]);
  expect((await locks()).filter((line) => !line.startsWith("took"))).toEqual([]);
});

test("MIG slices are given by their names", { timeout }, async () => {
  await using _ = await machine(cutUpGpus);
  await using pool = await Pool.start({ workers: [{ gpus: [slices[2]] }, { gpus: [slices[0]] }, { gpus: [] }] });
  const workers = await pool.everyWorker(3);
  expect(visible(workers)).toEqual([slices[2], slices[0], ""]);
  expect(workers.map(({ environ }) => environ["CUDA_DEVICE_ORDER"])).toEqual([undefined, undefined, undefined]);
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
