import { type BentoError } from "@bento/core";
import { defineService } from "@bento/sdk";
import { specOf } from "@bento/sdk/runtime";
import { describe, expect, test } from "vitest";

import { slices, uuids } from "./stand-in-nvidia-smi.js";
import type { Gpu } from "../../src/devices/gpus.js";
import { DeviceSupply } from "../../src/devices/supply.js";
import { asksForDevices, planWorkers, type PlanParts, type WorkerPlanOptions } from "../../src/workers/plan.js";

type Wishes = Pick<Parameters<typeof defineService>[0], "resources" | "workers">;
const service = (wishes: Wishes, name = "Digits") => specOf(defineService({ name, apis: {}, ...wishes }));

const whole = (count: number): Gpu[] => Array.from({ length: count }, (_, index) => ({ index, uuid: uuids[index], slices: [] }));
const cutUp: Gpu[] = [
  { index: 0, uuid: uuids[0], slices: slices.slice(0, 2) },
  { index: 1, uuid: uuids[1], slices: slices.slice(2) },
];

interface Machine {
  readonly gpus?: readonly Gpu[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cores?: number;
  readonly obstacleToSharing?: string | undefined;
  readonly trouble?: string;
}

function machine({ gpus = [], env = {}, cores = 8, obstacleToSharing, trouble }: Machine): PlanParts {
  const found = gpus.length === 0 ? undefined : ({ vendor: "nvidia", gpus } as const);
  return { cores, obstacleToSharing, supply: new DeviceSupply(env, { machine: found, trouble }) };
}

const plan = (wishes: Wishes, parts: Machine, options: WorkerPlanOptions = {}) => planWorkers(service(wishes), options, machine(parts));
const devices = (...args: Parameters<typeof plan>) => plan(...args).workers.map((worker) => worker.devices);

function refusal(...args: Parameters<typeof plan>): { message: string; hint: string } {
  try {
    plan(...args);
  } catch (error) {
    const { code, message, hint = "" } = error as BentoError;
    expect(code).toBe("BENTO_DEVICE_UNAVAILABLE");
    return { message, hint };
  }
  throw new Error("it was planned");
}

const four = { gpus: whole(4) };

describe("how many workers there are", () => {
  test.each([
    [undefined, 8, 1],
    [3, 8, 3],
    ["cpu_count", 8, 8],
    ["cpu_count", 2.7, 2],
    ["cpu_count", 0.5, 1],
    [[{ gpus: [] }, { gpus: [] }], 8, 2],
  ] as const)("workers: %j on %f cores: %i", (workers, cores, count) => {
    expect(plan({ workers }, { cores }).workers.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  });

  test.each([0, 2, "500m"])("resources.cpu %j is for where the service is deployed", (cpu) => {
    expect(plan({ workers: "cpu_count", resources: { cpu } }, { cores: 4 }).workers).toHaveLength(4);
  });

  test("options come before what the service says", () => {
    expect(plan({ workers: 2 }, {}, { workers: 3 }).workers).toHaveLength(3);
  });
});

describe("GPUs of several services of one process", () => {
  test("go to the entry service first, then to the others; what is not there is an error, where BentoML makes it up", () => {
    const parts = machine(four);
    const take = (gpu: number, at: number) => planWorkers(service({ resources: { gpu } }, `S${at}`), {}, parts).workers[0]?.devices;
    expect([0.5, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25].map(take)).toEqual([["0"], ["1"], ["0"], ["2"], ["3"], ["3"], ["3"], ["3"]]);
    expect(() => take(1, 8)).toThrow(
      expect.objectContaining({
        code: "BENTO_DEVICE_UNAVAILABLE",
        message: "The service S8 asks for 1 GPU; this machine has 4, of which 0 are free.",
        hint: expect.stringContaining("BENTOML_DISABLE_GPU_ALLOCATION=1"),
      }),
    );
  });

  test("that were named are not given to the others", () => {
    const parts = machine(four);
    planWorkers(service({ workers: [{ gpus: [uuids[0]] }] }), {}, parts);
    expect(planWorkers(service({ resources: { gpu: 2 } }), {}, parts).workers[0]?.devices).toEqual(["1", "2"]);
  });

  test("that are named all the same are given, and it is said who else has them", () => {
    const parts = machine(four);
    planWorkers(service({ resources: { gpu: 1 } }, "First"), {}, parts);
    const made = planWorkers(service({ workers: [{ gpus: [uuids[0]] }, { gpus: [1] }] }, "Second"), {}, parts);
    expect(made.workers.map((worker) => worker.devices)).toEqual([[uuids[0]], ["1"]]);
    expect(made.notes).toEqual([`The GPU ${uuids[0]} of Second is held by First, too, which this process serves.`]);
  });

  test("are there again when their service is gone", () => {
    const parts = machine(four);
    const asking = (wishes: Wishes) => planWorkers(service(wishes), {}, parts);
    const first = asking({ resources: { gpu: 3 } });
    const second = asking({ workers: [{ gpus: [3] }] });
    expect(() => asking({ resources: { gpu: 1 } })).toThrow("this machine has 4, of which 0 are free.");
    second.release();
    expect(asking({ resources: { gpu: 1 } }).workers[0]?.devices).toEqual(["3"]);
    first.release();
    first.release();
    expect(asking({ resources: { gpu: 2 } }).workers[0]?.devices).toEqual(["0", "1"]);
  });

  test("1.5 is no number of GPUs", () => {
    expect(() => plan({ resources: { gpu: 1.5 } }, four)).toThrow(/resources\.gpu of the service "Digits" is 1\.5/);
  });
});

describe("resources.gpu", () => {
  test.each([
    [2, 2, [["0"], ["1"]]],
    [
      4,
      2,
      [
        ["0", "1"],
        ["2", "3"],
      ],
    ],
    [3, undefined, [["0", "1", "2"]]],
    [1, 1, [["0"]]],
    [0.5, 1, [["0"]]],
  ])("%f over %j workers: each has its own, %j", (gpu, workers, expected) => {
    const made = plan({ resources: { gpu }, workers }, four);
    expect(made.workers.map((worker) => worker.devices)).toEqual(expected);
    expect([made.mode, made.notes]).toEqual(["pool", []]);
    expect(made.workers[0]?.deviceEnv).toEqual({ CUDA_VISIBLE_DEVICES: expected[0]?.join(","), CUDA_DEVICE_ORDER: "PCI_BUS_ID" });
  });

  test.each([
    [3, 2, ["0", "1", "2"], "All 2 workers of Digits share the GPUs 0, 1, 2, since 3 GPUs cannot be split evenly."],
    [1, 2, ["0"], "All 2 workers of Digits share the GPU 0, since 1 GPU cannot be split evenly."],
    [2, 3, ["0", "1"], "All 3 workers of Digits share the GPUs 0, 1, since 2 GPUs cannot be split evenly."],
    [0.5, 2, ["0"], "All 2 workers of Digits share the GPU 0, since 0.5 GPUs cannot be split evenly."],
  ])("%f over %i workers: all share %j, and it is said", (gpu, workers, shared, note) => {
    const made = plan({ resources: { gpu }, workers }, four);
    expect(made.workers.map((worker) => worker.devices)).toEqual(Array.from({ length: workers }, () => shared));
    expect([made.notes, made.workers.some(({ isExclusive }) => isExclusive)]).toEqual([[note], false]);
  });

  test("belongs to one worker alone only where it is whole", () => {
    const isExclusive = (gpu: number) => plan({ resources: { gpu } }, four).workers[0]?.isExclusive;
    expect([isExclusive(1), isExclusive(2), isExclusive(0.5)]).toEqual([true, true, false]);
  });

  test("gives none to one worker for each core", () => {
    expect(devices({ resources: { gpu: 2 }, workers: "cpu_count" }, { ...four, cores: 2 })).toEqual([undefined, undefined]);
  });

  test("of a machine without any starts without, and says so", () => {
    const made = plan({ resources: { gpu: 2 }, workers: 2 }, {});
    expect(made.workers.map(({ devices: own, deviceEnv }) => [own, deviceEnv])).toEqual([
      [undefined, {}],
      [undefined, {}],
    ]);
    expect(made.notes).toEqual(["Digits asks for 2 GPUs; this machine has none, so it starts without."]);
    expect(plan({ resources: { gpu: 1 } }, { trouble: "nvidia-smi failed: No." })).toMatchObject({
      mode: "in-process",
      notes: ["Digits asks for 1 GPU; this machine has none (nvidia-smi failed: No.), so it starts without."],
    });
  });

  test("of a machine with fewer is an error with both numbers and the ways out", () => {
    const { message, hint } = refusal({ resources: { gpu: 4 }, workers: 2 }, { gpus: whole(2) });
    expect(message).toBe("The service Digits asks for 4 GPUs; this machine has 2.");
    expect(hint).toContain("BENTOML_DISABLE_GPU_ALLOCATION=1");
    expect(hint).toContain('devices: "clamp"');
  });

  test("makes do with fewer if it is told to", () => {
    const made = plan({ resources: { gpu: 4 }, workers: 2 }, { gpus: whole(2) }, { devices: "clamp" });
    expect(made.workers.map((worker) => worker.devices)).toEqual([["0"], ["1"]]);
    expect(made.notes).toEqual(["Digits asks for 4 GPUs; this machine has 2, so it makes do with 2."]);
    expect(plan({ resources: { gpu: 2 } }, four, { devices: "clamp" }).notes).toEqual([]);
  });

  test("makes do with none if the others have them all, and does not see those", () => {
    const parts = machine({ gpus: whole(1) });
    planWorkers(service({ resources: { gpu: 1 } }), {}, parts);
    for (const [gpu, workers] of [
      [1, 1],
      [0.5, 2],
    ] as const) {
      const made = planWorkers(service({ resources: { gpu }, workers }), { devices: "clamp" }, parts);
      expect(made.workers.map(({ devices: own, deviceEnv, isExclusive }) => [own, deviceEnv, isExclusive])).toEqual(
        Array.from({ length: workers }, () => [[], { CUDA_VISIBLE_DEVICES: "" }, false]),
      );
      expect(made.notes).toEqual([expect.stringMatching(/has 1, of which 0 are free, so it makes do with 0\.$/)]);
      expect(made.mode).toBe(workers === 1 ? "pool" : "shared-port");
    }
  });
});

describe("the environment's say", () => {
  const two = { resources: { gpu: 2 }, workers: 2 } as const;

  test.each([
    { BENTOML_DISABLE_GPU_ALLOCATION: "1" },
    { BENTOML_DISABLE_GPU_ALLOCATION: "" },
    { CUDA_VISIBLE_DEVICES: "3,2" },
    { CUDA_VISIBLE_DEVICES: "" },
  ])("%j: nothing is given out, and the variable stays as it is", (env) => {
    const made = plan(two, { ...four, env });
    expect(made.workers.map(({ devices: own, deviceEnv }) => [own, deviceEnv])).toEqual([
      [undefined, {}],
      [undefined, {}],
    ]);
    expect(made.notes).toEqual([]);
    expect(plan({ resources: { gpu: 8 } }, { ...four, env }).mode).toBe("in-process");
  });

  test('devices: "visible" divides what is named already', () => {
    const visible = (value: string, wishes: Wishes = two) =>
      plan(wishes, { ...four, env: { CUDA_VISIBLE_DEVICES: value } }, { devices: "visible" });
    expect(visible("3,2").workers.map(({ deviceEnv }) => deviceEnv)).toEqual([
      { CUDA_VISIBLE_DEVICES: "3" },
      { CUDA_VISIBLE_DEVICES: "2" },
    ]);
  });

  test('devices: "visible" goes before the switch, but not beyond what is named', () => {
    const env = { CUDA_VISIBLE_DEVICES: "3", BENTOML_DISABLE_GPU_ALLOCATION: "1" };
    expect(devices({ resources: { gpu: 1 } }, { ...four, env }, { devices: "visible" })).toEqual([["3"]]);
    const { message, hint } = refusal(two, { ...four, env }, { devices: "visible" });
    expect(message).toBe("The service Digits asks for 2 GPUs; CUDA_VISIBLE_DEVICES names 1.");
    // The switch is set, and changes nothing.
    expect(hint).not.toContain("BENTOML_DISABLE_GPU_ALLOCATION");
    expect(hint).toBe(
      'Ask for fewer under resources.gpu, name more in CUDA_VISIBLE_DEVICES, or leave out devices: "visible": ' +
        "then all workers see what it names.",
    );
    expect(devices(two, { ...four, env })).toEqual([undefined, undefined]);
    for (const value of ["", "-1"]) {
      const made = plan(two, { ...four, env: { CUDA_VISIBLE_DEVICES: value } }, { devices: "visible" });
      expect(made.workers.map((worker) => worker.devices)).toEqual([undefined, undefined]);
      expect(made.notes).toEqual(["Digits asks for 2 GPUs; CUDA_VISIBLE_DEVICES names none, so it starts without."]);
    }
  });

  test('devices: "visible" without anything named is as without it', () => {
    expect(devices(two, four, { devices: "visible" })).toEqual([["0"], ["1"]]);
    expect(devices(two, { ...four, env: { BENTOML_DISABLE_GPU_ALLOCATION: "1" } }, { devices: "visible" })).toEqual([undefined, undefined]);
  });
});

describe("workers with named devices", () => {
  const named = (...lists: (string | number)[][]): Wishes => ({ workers: lists.map((gpus) => ({ gpus })) });

  test("have them, whatever switches automatic allocation off", () => {
    const env = { BENTOML_DISABLE_GPU_ALLOCATION: "1" };
    expect(devices(named([1], [0, 2], [uuids[3]], []), { ...four, env })).toEqual([["1"], ["0", "2"], [uuids[3]], []]);
    expect(plan(named([], [0]), four).workers[0]?.deviceEnv).toEqual({ CUDA_VISIBLE_DEVICES: "" });
  });

  test("are alone with them unless another has the same by any name", () => {
    const alone = (wishes: Wishes) => plan(wishes, four).workers.map(({ isExclusive }) => isExclusive);
    expect(alone(named([0], [1]))).toEqual([true, true]);
    expect(alone(named([0], [uuids[0]], [1]))).toEqual([false, false, true]);
    expect(alone(named([0, 1], ["GPU-e91edf3b"], []))).toEqual([false, false, false]);
  });

  test("divide a preset list, of which an index is a place", () => {
    const env = { CUDA_VISIBLE_DEVICES: `3,${uuids[1]}` };
    expect(devices(named([1], [0]), { ...four, env })).toEqual([[uuids[1]], ["3"]]);
    const { message, hint } = refusal(named([2]), { ...four, env });
    expect(message).toContain("CUDA_VISIBLE_DEVICES names 2");
    expect(hint).toContain(`3, ${uuids[1]}`);
    // Nor would the switch change anything here: given as a number, the workers see what is named in any case.
    expect(hint).toMatch(/or give workers as a number; all of them see what CUDA_VISIBLE_DEVICES names\.$/);
    expect(refusal(named([uuids[0]]), { ...four, env }).message).toContain(uuids[0]);
  });

  test.each([[[4]], [["GPU-00000000"]], [["GPU-e91e"]], [["MIG-c6d4"]]])(
    "of which %j is not there are an error that names what is",
    (gpus) => {
      const { message, hint } = refusal(named([0], gpus), four);
      expect(message).toBe(`A worker of Digits is to have the GPU "${gpus[0]}"; this machine has 4, and none of that name.`);
      expect(hint).toContain(`There is 0, ${uuids[0]}, 1,`);
      expect(hint).toContain("BENTOML_DISABLE_GPU_ALLOCATION=1");
    },
  );

  test("do without what is not there if they are told to", () => {
    const made = plan(named([0], [1]), { gpus: whole(1) }, { devices: "clamp" });
    expect(made.workers.map((worker) => worker.devices)).toEqual([["0"], []]);
    expect(made.notes).toEqual(["A worker of Digits is to have the GPU 1; this machine has 1, so it does without."]);
  });

  test("start without on a machine without any, or where none is to be seen", () => {
    const made = plan(named([0], [0, 1]), {});
    expect(made.workers.map((worker) => worker.devices)).toEqual([undefined, undefined]);
    expect(made.notes).toEqual(["The workers of Digits are to have the GPUs 0, 1; this machine has none, so it starts without."]);
    expect(devices(named([0]), { ...four, env: { CUDA_VISIBLE_DEVICES: "-1" } })).toEqual([undefined]);
  });
});

describe("MIG", () => {
  test("where every GPU is cut up, slices are what is given out", () => {
    expect(devices({ resources: { gpu: 3 }, workers: 3 }, { gpus: cutUp })).toEqual(slices.map((slice) => [slice]));
    expect(refusal({ resources: { gpu: 4 } }, { gpus: cutUp }).message).toBe("The service Digits asks for 4 GPUs; this machine has 3.");
  });

  test("beside whole GPUs they are given by name, and a refusal says how", () => {
    const gpus: Gpu[] = [{ index: 0, uuid: uuids[0], slices: slices.slice(0, 2) }, ...whole(2).slice(1)];
    expect(devices({ resources: { gpu: 1 } }, { gpus })).toEqual([["1"]]);
    expect(refusal({ resources: { gpu: 2 } }, { gpus }).hint).toContain('workers: [{ gpus: ["MIG-..."] }]');
    expect(devices({ workers: [{ gpus: [slices[0]] }, { gpus: [1] }] }, { gpus })).toEqual([[slices[0]], ["1"]]);
  });

  test("a GPU that is cut up is no device", () => {
    const { message, hint } = refusal({ workers: [{ gpus: [0] }] }, { gpus: cutUp });
    expect(message).toBe('A worker of Digits is to have the GPU "0", which is cut into MIG slices.');
    expect(hint).toBe(`Name one of its slices: ${slices[0]}, ${slices[1]}.`);
  });

  test("several for one worker are no use, and it is said", () => {
    const note = "CUDA uses one MIG slice in a process: each worker of Digits will see the first of its own only.";
    expect(plan({ resources: { gpu: 2 } }, { gpus: cutUp }).notes).toEqual([note]);
    expect(plan({ workers: [{ gpus: slices.slice(0, 2) }] }, { gpus: cutUp }).notes).toEqual([note]);
    expect(plan({ resources: { gpu: 2 }, workers: 2 }, { gpus: cutUp }).notes).toEqual([]);
  });
});

describe("where calls run", () => {
  const obstacleToSharing = "there is none.";

  test.each([
    [{}, "in-process"],
    [{ workers: 2 }, "shared-port"],
    [{ workers: "cpu_count" }, "shared-port"],
    [{ workers: 2, resources: { gpu: 1 } }, "shared-port"],
    [{ workers: 2, resources: { gpu: 2 } }, "pool"],
    [{ resources: { gpu: 1 } }, "pool"],
    [{ workers: [{ gpus: [0] }] }, "pool"],
    [{ workers: [{ gpus: [0] }, { gpus: [0] }] }, "shared-port"],
    [{ workers: [{ gpus: [0] }, { gpus: [] }] }, "pool"],
  ] as [Wishes, string][])("%j where a port can be shared: %s", (wishes, mode) => {
    expect(plan(wishes, four).mode).toBe(mode);
    expect(plan(wishes, { ...four, obstacleToSharing }).mode).toBe(mode === "in-process" ? mode : "pool");
    expect(plan(wishes, four, { reload: true }).mode).toBe("pool");
    expect(plan(wishes, four, { mayStartWorkers: false }).mode).toBe("in-process");
    expect(plan(wishes, four, { mayStartWorkers: false, reload: true }).mode).toBe("in-process");
  });

  test.each([{}, { reload: true }, { mayStartWorkers: false }])("an option goes before the rule, with %j", (facts) => {
    const asked = (mode: WorkerPlanOptions["mode"], wishes: Wishes = {}) => plan(wishes, four, { ...facts, mode }).mode;
    expect([asked("pool"), asked("pool", { workers: 2 }), asked("in-process", { workers: 2 })]).toEqual(["pool", "pool", "in-process"]);
    expect(asked("shared-port", { workers: 2, resources: { gpu: 2 } })).toBe("shared-port");
  });

  test("a port that cannot be shared is an error only if it has to be, and nothing is taken for it", () => {
    const parts = machine({ ...four, obstacleToSharing });
    expect(() => planWorkers(service({ workers: 2, resources: { gpu: 2 } }), { mode: "shared-port" }, parts)).toThrow(
      expect.objectContaining({
        code: "BENTO_CONFIG_INVALID",
        message: "The workers of Digits cannot share a port: there is none.",
      }),
    );
    expect(parts.supply.ledger.free).toBe(4);
  });

  test.each([{ mode: "in-process" }, { mayStartWorkers: false }] as WorkerPlanOptions[])(
    "in this process nothing is asked of the machine: %j",
    (options) => {
      const { release: _, ...made } = plan({ workers: 2, resources: { gpu: 8 } }, four, options);
      expect(made).toEqual({
        mode: "in-process",
        workers: [{ index: 1, devices: undefined, deviceEnv: {}, isExclusive: false }],
        notes: [],
      });
    },
  );
});

test.each([
  [{}, {}, false],
  [{ workers: 2 }, {}, false],
  [{ resources: { gpu: 1 } }, {}, true],
  [{ resources: { gpu: 1 }, workers: "cpu_count" }, {}, false],
  [{ resources: { gpu: 1 } }, { mode: "in-process" }, false],
  [{ resources: { gpu: 1 } }, { mayStartWorkers: false }, false],
  [{ resources: { gpu: 1 } }, { mayStartWorkers: false, mode: "pool" }, true],
  [{ workers: [{ gpus: [] }] }, {}, false],
  [{ workers: [{ gpus: [0] }] }, {}, true],
  [{ resources: { gpu: 1 } }, { workers: [{ gpus: [] }] }, false],
] as [Wishes, WorkerPlanOptions, boolean][])("%j with %j looks for devices: %j", (wishes, options, expected) => {
  expect(asksForDevices(service(wishes), options)).toBe(expected);
});
