import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** What `/proc` says of a process. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** `R`, `S`, `T` for stopped, `Z` for one that nobody has looked at yet. */
  readonly state: string;
  readonly command: string;
}

/** A process, or nothing where there is none. */
export function processInfo(pid: number): ProcessInfo | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ") as [string, string];
    return { pid, state, parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") };
  } catch {
    return undefined;
  }
}

/** Whether a process runs, or could. */
export function isAlive(pid: number): boolean {
  const info = processInfo(pid);
  return info !== undefined && info.state !== "Z";
}

/** The worker processes of a server. */
export function workersOf(server: number = process.pid): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(basename(name)))
    .flatMap((name) => processInfo(Number(name)) ?? [])
    .filter(({ parent, state, command }) => parent === server && state !== "Z" && command.includes("workers/child/main.js"))
    .map(({ pid }) => pid);
}

/** What a process has open, as `/proc` names it. */
export function openFiles(pid: number = process.pid): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
