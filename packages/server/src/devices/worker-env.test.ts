import { expect, test } from "vitest";

import { workerEnv } from "./worker-env.js";

const names = [
  "OMP_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "BLIS_NUM_THREADS",
  "NUMEXPR_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
  "RAYON_NUM_THREADS",
  "TF_NUM_INTRAOP_THREADS",
];

test.each([
  [8, 2, "4"],
  [8, 3, "2"],
  [2, 4, "1"],
  [0.5, 1, "1"],
  [2.5, 1, "2"],
])("of %f cores, each of %i workers makes %s threads", (cores, workers, threads) => {
  const env = workerEnv({ env: { PATH: "/bin" }, deviceEnv: {}, cores, workers });
  expect(env).toEqual({ PATH: "/bin", ...Object.fromEntries(names.map((name) => [name, threads])) });
});

test("what was set stays, and devices replace what was there", () => {
  const env = { OMP_NUM_THREADS: "7", MKL_NUM_THREADS: "", CUDA_VISIBLE_DEVICES: "0,1", HOME: "/home/ada" };
  const own = workerEnv({ env, deviceEnv: { CUDA_VISIBLE_DEVICES: "1" }, cores: 4, workers: 2 });
  expect(own).toMatchObject({
    OMP_NUM_THREADS: "7",
    MKL_NUM_THREADS: "",
    OPENBLAS_NUM_THREADS: "2",
    CUDA_VISIBLE_DEVICES: "1",
    HOME: "/home/ada",
  });
  expect(env).toEqual({ OMP_NUM_THREADS: "7", MKL_NUM_THREADS: "", CUDA_VISIBLE_DEVICES: "0,1", HOME: "/home/ada" });
});
