import { describe, expect, test } from "vitest";

import { slices, uuids } from "./stand-in-nvidia-smi.js";
import type { Gpu, GpuVendor } from "../../src/devices/gpus.js";
import { DeviceSupply } from "../../src/devices/supply.js";

const whole = (count: number): Gpu[] => Array.from({ length: count }, (_, index) => ({ index, uuid: uuids[index], slices: [] }));
const cutUp: Gpu[] = [
  { index: 0, uuid: uuids[0], slices: slices.slice(0, 2) },
  { index: 1, uuid: uuids[1], slices: slices.slice(2) },
];

function supply(gpus: readonly Gpu[], env: NodeJS.ProcessEnv = {}, vendor: GpuVendor = "nvidia"): DeviceSupply {
  return new DeviceSupply(env, { machine: gpus.length === 0 ? undefined : { vendor, gpus }, trouble: undefined });
}

const ids = (devices: readonly { readonly id: string }[] | undefined) => devices?.map(({ id }) => id);

describe("what may be given out", () => {
  test("is every GPU by its index", () => expect(ids(supply(whole(3)).devices)).toEqual(["0", "1", "2"]));

  test("is the MIG slices, where every GPU is cut up", () => expect(ids(supply(cutUp).devices)).toEqual(slices));

  test("is only what is in one piece, where there is any", () => {
    const mixed: Gpu[] = [...cutUp.slice(0, 1), { index: 1, uuid: uuids[1], slices: [] }];
    expect(ids(supply(mixed).devices)).toEqual(["1"]);
  });

  test("is nothing on a machine without GPUs", () => expect(supply([]).devices).toEqual([]));
});

describe("CUDA_VISIBLE_DEVICES that is set already", () => {
  test.each([
    ["2,0", ["2", "0"]],
    [" 1 , 2", ["1", "2"]],
    ["", []],
    ["-1", []],
    ["0,2,-1,1", ["0", "2"]],
    ["0,9,1", ["0"]],
    ["NoDevFiles", []],
    [`${uuids[1]},2`, [uuids[1], "2"]],
    ["GPU-8932,GPU-0000", ["GPU-8932"]],
    // Two of them begin like this: CUDA does not guess either.
    ["GPU-e91e,0", []],
    [slices[0], []],
  ])("%j names %j", (value, expected) => {
    const { preset, devices } = supply(whole(4), { CUDA_VISIBLE_DEVICES: value });
    expect([ids(preset), ids(devices)]).toEqual([expected, expected]);
  });

  test("is believed where nobody can be asked", () => {
    expect(ids(supply([], { CUDA_VISIBLE_DEVICES: "5,GPU-1" }).preset)).toEqual(["5", "GPU-1"]);
  });

  test("is not the same as one that is not", () => expect(supply(whole(1)).preset).toBeUndefined());
});

describe("UUIDs of AMD, of whose GPUs only the number is known", () => {
  const two = whole(2).map((gpu) => ({ ...gpu, uuid: undefined }));

  test("are believed where they are set already", () => {
    const made = supply(two, { ROCR_VISIBLE_DEVICES: "GPU-abc,1,GPU-def,7,0" }, "amd");
    expect(ids(made.preset)).toEqual(["GPU-abc", "1", "GPU-def"]);
    expect([made.named("GPU-def"), made.named("0"), made.named("GPU-123")]).toEqual([
      { id: "GPU-def", key: "GPU-def" },
      { id: "GPU-abc", key: "GPU-abc" },
      undefined,
    ]);
  });

  test("can be named", () => {
    const made = supply(two, {}, "amd");
    const [named, tooMany] = [made.named("GPU-abc"), made.named("2")];
    expect([named, tooMany]).toEqual([{ id: "GPU-abc", key: "GPU-abc" }, undefined]);
    expect(made.envFor([named as { id: string; key: string }])).toEqual({ HIP_VISIBLE_DEVICES: "GPU-abc" });
  });
});

describe("names", () => {
  test("an index, a UUID and the beginning of one mean the same GPU", () => {
    const { names } = supply(whole(4));
    expect(["3", uuids[3], "GPU-8932f937"].map((name) => names.keyOf(name))).toEqual(["3", "3", "3"]);
    expect(["4", "GPU-e91e", "GPU-0000", slices[0]].map((name) => names.keyOf(name))).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("of slices: whole, cut short, and as old drivers call them", () => {
    const { names } = supply(cutUp);
    expect(names.keyOf("MIG-cba6")).toBe(slices[1]);
    expect(names.keyOf("MIG-c")).toBeUndefined();
    expect(names.keyOf(`MIG-${uuids[1]}/0/0`)).toBe(`MIG-${uuids[1]}/0/0`);
    expect(names.keyOf(`MIG-${uuids[2]}/0/0`)).toBeUndefined();
    expect(names.slicesOf("0")).toEqual(slices.slice(0, 2));
  });

  test("an index is a place in a preset list, and a name must be of it", () => {
    const preset = supply(whole(4), { CUDA_VISIBLE_DEVICES: "2,3" });
    expect([preset.named("0"), preset.named("1"), preset.named("2")]).toEqual([{ id: "2", key: "2" }, { id: "3", key: "3" }, undefined]);
    expect([preset.named(uuids[3])?.id, preset.named(uuids[0])]).toEqual(["3", undefined]);
  });
});

describe("the environment of a worker", () => {
  test("counts as nvidia-smi does, unless it was said how to count", () => {
    const env = (own: NodeJS.ProcessEnv) => supply(whole(2), own).envFor([{ id: "0", key: "0" }]);
    expect(env({})).toEqual({ CUDA_VISIBLE_DEVICES: "0", CUDA_DEVICE_ORDER: "PCI_BUS_ID" });
    expect(env({ CUDA_DEVICE_ORDER: "FASTEST_FIRST" })).toEqual({ CUDA_VISIBLE_DEVICES: "0" });
    expect(env({ CUDA_VISIBLE_DEVICES: "0,1" })).toEqual({ CUDA_VISIBLE_DEVICES: "0" });
  });

  test("names need no order", () => {
    const made = supply(cutUp);
    expect(made.envFor(made.devices.slice(0, 1))).toEqual({ CUDA_VISIBLE_DEVICES: slices[0] });
  });

  test.each([
    ["nvidia", {}, { CUDA_VISIBLE_DEVICES: "0,1", CUDA_DEVICE_ORDER: "PCI_BUS_ID" }, { CUDA_VISIBLE_DEVICES: "" }],
    ["amd", {}, { HIP_VISIBLE_DEVICES: "0,1" }, { HIP_VISIBLE_DEVICES: "-1" }],
    ["amd", { ROCR_VISIBLE_DEVICES: "0,1" }, { ROCR_VISIBLE_DEVICES: "0,1" }, { ROCR_VISIBLE_DEVICES: "-1" }],
    ["amd", { HIP_VISIBLE_DEVICES: "", CUDA_VISIBLE_DEVICES: "0,1" }, { CUDA_VISIBLE_DEVICES: "0,1" }, { CUDA_VISIBLE_DEVICES: "-1" }],
    ["intel", {}, { ZE_AFFINITY_MASK: "0,1" }, {}],
    ["intel", { ZE_AFFINITY_MASK: "0.0,0.1" }, { ZE_AFFINITY_MASK: "0.0,0.1" }, {}],
  ] as const)("of %s with %j shows two devices by %j, and none by %j", (vendor, env, two, none) => {
    const gpus = whole(2).map((gpu) => ({ ...gpu, uuid: undefined }));
    const made = supply(gpus, env, vendor);
    expect([made.envFor(made.devices), made.envFor([])]).toEqual([two, none]);
  });

  test("uses the variable that is set, where nobody can be asked", () => {
    expect(supply([], { HIP_VISIBLE_DEVICES: "3" }).variable).toBe("HIP_VISIBLE_DEVICES");
    expect(supply([], {}).variable).toBe("CUDA_VISIBLE_DEVICES");
  });
});
