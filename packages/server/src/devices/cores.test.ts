import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { availableCores } from "./cores.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bento-cores-"));
});
afterEach(() => rm(root, { recursive: true }));

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const cores = () => availableCores({ root, parallelism: 16 });

test("without control groups there are as many as the process may run on", () => {
  expect(cores()).toBe(16);
  expect(availableCores({ root })).toBe(availableParallelism());
});

test("this machine has some", () => {
  expect(availableCores()).toBeGreaterThan(0);
  expect(availableCores()).toBeLessThanOrEqual(availableParallelism());
});

test.each([
  ["250000 100000\n", 2.5],
  ["50000 100000\n", 0.5],
  ["9900000 100000\n", 16],
  ["max 100000\n", 16],
  ["", 16],
  ["rubbish\n", 16],
  ["0 100000\n", 16],
])("cpu.max of a container, version 2: %j", async (text, expected) => {
  await put({ "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": text });
  expect(cores()).toBe(expected);
});

test.each([
  ["150000\n", 1.5],
  ["20000\n", 0.2],
  ["-1\n", 16],
])("cpu.cfs_quota_us of a container, version 1: %j", async (quota, expected) => {
  await put({
    // Seen from inside, where the line names a folder that is not there.
    "proc/self/cgroup": "11:memory:/docker/5ba4\n4:cpu,cpuacct:/docker/5ba4\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": quota,
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
  });
  expect(cores()).toBe(expected);
});

test("the tightest of a group and those above it counts, version 2", async () => {
  await put({
    "proc/self/cgroup": "0::/system.slice/bento.service\n",
    "sys/fs/cgroup/system.slice/cpu.max": "300000 100000\n",
    "sys/fs/cgroup/system.slice/bento.service/cpu.max": "400000 100000\n",
    "sys/fs/cgroup/user.slice/cpu.max": "100000 100000\n",
  });
  expect(cores()).toBe(3);
});

test("the tightest of a group and those above it counts, version 1", async () => {
  const folder = "sys/fs/cgroup/cpu/batch/one";
  await put({
    "proc/self/cgroup": "4:cpu,cpuacct:/batch/one\n1:name=systemd:/user.slice\n",
    [`${folder}/cpu.cfs_quota_us`]: "200000\n",
    [`${folder}/cpu.cfs_period_us`]: "50000\n",
    "sys/fs/cgroup/cpu/batch/cpu.cfs_quota_us": "-1\n",
    "sys/fs/cgroup/cpu/batch/cpu.cfs_period_us": "100000\n",
  });
  expect(cores()).toBe(4);
});
