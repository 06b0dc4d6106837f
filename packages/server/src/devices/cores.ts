import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/** What the operating system says. */
export interface CoresOptions {
  /** Folder that the paths of the kernel start from. @default "/" */
  readonly root?: string;
  /** Cores that this process may run on. @default what the operating system says */
  readonly parallelism?: number;
}

/**
 * Cores that this process may use: never more than it may run on, nor than a quota of its control group, or of any
 * above it, allows; a fraction above 0.
 */
export function availableCores({ root = "/", parallelism = availableParallelism() }: CoresOptions = {}): number {
  return Math.min(parallelism, ...quotas(root));
}

/** Lines such as `0::/system.slice/bento.service` (version 2) and `4:cpu,cpuacct:/docker/5ba4` (version 1). */
const groupLine = /^\d+:([^:]*):(\/.*)$/gm;

function quotas(root: string): readonly number[] {
  const own = [...(read(join(root, "proc/self/cgroup")) ?? "").matchAll(groupLine)];
  // In a container the group's own folder is the top one, whatever the line says: the top is looked at in any case.
  const v2 = own.find(([, controllers]) => controllers === "")?.[2] ?? "/";
  const v1 = own.find(([, controllers]) => controllers?.split(",").includes("cpu"))?.[2] ?? "/";
  const mount = join(root, "sys/fs/cgroup");
  return [...foldersUpFrom(mount, v2).flatMap(quotaV2), ...foldersUpFrom(join(mount, "cpu"), v1).flatMap(quotaV1)];
}

function foldersUpFrom(top: string, group: string): readonly string[] {
  const parts = group.split("/").filter((part) => part !== "" && part !== "..");
  return Array.from({ length: parts.length + 1 }, (_, length) => join(top, ...parts.slice(0, length)));
}

/** `max 100000`, or microseconds of processor time for each period. */
function quotaV2(folder: string): readonly number[] {
  const [quota, period] = (read(join(folder, "cpu.max")) ?? "").trim().split(" ");
  return ratio(quota, period);
}

/** The same in two files; -1 is no limit. */
function quotaV1(folder: string): readonly number[] {
  return ratio(read(join(folder, "cpu.cfs_quota_us")), read(join(folder, "cpu.cfs_period_us")));
}

function ratio(quota: string | undefined, period: string | undefined): readonly number[] {
  const cores = Number(quota ?? Number.NaN) / Number(period ?? Number.NaN);
  return Number.isFinite(cores) && cores > 0 ? [cores] : [];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
