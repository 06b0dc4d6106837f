import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { findGpus } from "../../src/devices/gpus.js";
import { cutUpGpus, slices, standIn, standInListing, uuids, wholeGpus } from "./stand-in-nvidia-smi.js";

/** A machine of nothing but files. */
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bento-machine-"));
});
afterEach(() => rm(root, { recursive: true }));

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const find = (folder = "", timeoutMs = 10_000) => findGpus({ env: { PATH: folder }, root, timeoutMs });

describe("nvidia-smi", () => {
  test("lists whole GPUs", async () => {
    await using smi = await standInListing(wholeGpus(4));
    const gpus = uuids.map((uuid, index) => ({ index, uuid, slices: [] }));
    expect(await find(smi.folder)).toEqual({ machine: { vendor: "nvidia", gpus }, trouble: undefined });
  });

  test("lists MIG slices below the GPUs they are cut from, also with the names of old drivers", async () => {
    const old = `MIG-${uuids[2]}/1/0`;
    const lines = [
      ...cutUpGpus,
      `GPU 2: NVIDIA A100 (UUID: ${uuids[2]})`,
      `  MIG 1g.5gb Device 0: (UUID: ${old})`,
      ...wholeGpus(4).slice(3),
    ];
    await using smi = await standInListing(lines);
    expect((await find(smi.folder)).machine?.gpus).toEqual([
      { index: 0, uuid: uuids[0], slices: slices.slice(0, 2) },
      { index: 1, uuid: uuids[1], slices: slices.slice(2) },
      { index: 2, uuid: uuids[2], slices: [old] },
      { index: 3, uuid: uuids[3], slices: [] },
    ]);
  });

  test("keeps the others' indices when one GPU is lost", async () => {
    const [first, , third] = wholeGpus(3) as [string, string, string];
    await using smi = await standInListing([first, "Unable to determine the device handle for gpu 0000:0B:00.0: GPU is lost", third]);
    expect((await find(smi.folder)).machine?.gpus.map(({ index }) => index)).toEqual([0, 2]);
  });

  test("is not there: a machine without GPUs, and nothing wrong with it", async () => {
    expect(await find(root)).toEqual({ machine: undefined, trouble: undefined });
  });

  test("fails: says so, since there may be GPUs", async () => {
    const words = "NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.";
    await using smi = await standIn(`echo; echo '${words}'; exit 9`);
    expect(await find(smi.folder)).toEqual({ machine: undefined, trouble: `nvidia-smi failed: ${words}` });
    await using silent = await standIn("exit 9");
    expect((await find(silent.folder)).trouble).toMatch(/^nvidia-smi failed: Command failed/);
  });

  test("hangs, deaf to signals: is left behind", async () => {
    await using smi = await standIn("trap '' TERM INT HUP; while :; do :; done");
    expect(await find(smi.folder, 200)).toEqual({ machine: undefined, trouble: "nvidia-smi gave no answer within 0.2 seconds" });
  });
});

describe("what the kernel lists", () => {
  test("AMD: nodes that compute", async () => {
    const nodes = "sys/class/kfd/kfd/topology/nodes";
    await put({
      [`${nodes}/0/properties`]: "cpu_cores_count 64\nsimd_count 0\n",
      [`${nodes}/1/properties`]: "cpu_cores_count 0\nsimd_count 304\n",
      [`${nodes}/2/properties`]: "cpu_cores_count 0\nsimd_count 304\n",
    });
    const gpus = [0, 1].map((index) => ({ index, uuid: undefined, slices: [] }));
    expect((await find()).machine).toEqual({ vendor: "amd", gpus });
  });

  test("Intel: cards, but not the graphics of the processor, nor what others make", async () => {
    await put({
      "sys/class/drm/card0/device/vendor": "0x8086\n",
      "sys/class/drm/card0/device/uevent": "DRIVER=i915\nPCI_SLOT_NAME=0000:00:02.0\n",
      "sys/class/drm/card1/device/vendor": "0x8086\n",
      "sys/class/drm/card1/device/uevent": "DRIVER=xe\nPCI_SLOT_NAME=0000:4d:00.0\n",
      "sys/class/drm/card1-DP-1/status": "disconnected\n",
      "sys/class/drm/card2/device/vendor": "0x1a03\n",
      "sys/class/drm/renderD128/device/vendor": "0x8086\n",
    });
    expect((await find()).machine).toEqual({ vendor: "intel", gpus: [{ index: 0, uuid: undefined, slices: [] }] });
  });

  test("NVIDIA's come first", async () => {
    await put({ "sys/class/kfd/kfd/topology/nodes/1/properties": "simd_count 304\n" });
    await using smi = await standInListing(wholeGpus(1));
    expect((await find(smi.folder)).machine?.vendor).toBe("nvidia");
  });
});
