import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * Cores that this process may use: never more than it may run on, nor than the quota of its control group allows; at
 * least a fraction above 0.
 */
export function availableCores(root = "/"): number {
  return Math.min(availableParallelism(), quotaV2(root) ?? quotaV1(root) ?? Infinity);
}

/** `max 100000`, or microseconds of processor time for each period. */
function quotaV2(root: string): number | undefined {
  const [quota, period] = (read(`${root}sys/fs/cgroup/cpu.max`) ?? "").trim().split(" ").map(Number);
  return ratio(quota, period);
}

function quotaV1(root: string): number | undefined {
  const folder = `${root}sys/fs/cgroup/cpu`;
  return ratio(Number(read(`${folder}/cpu.cfs_quota_us`) ?? Number.NaN), Number(read(`${folder}/cpu.cfs_period_us`) ?? Number.NaN));
}

function ratio(quota: number | undefined, period: number | undefined): number | undefined {
  const cores = (quota ?? Number.NaN) / (period ?? Number.NaN);
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
