import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Runs `work` while no other process of this machine runs work under the same lock file; waits for its turn. */
export async function exclusively(lockFile: string, work: () => Promise<void>): Promise<void> {
  await mkdir(dirname(lockFile), { recursive: true });
  while (!(await take(lockFile))) await pause(200);
  try {
    await work();
  } finally {
    await rm(lockFile, { force: true });
  }
}

/** Takes the lock; false while a living process has it. */
async function take(lockFile: string): Promise<boolean> {
  try {
    await writeFile(lockFile, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const owner = Number(await readFile(lockFile, "utf8").catch(() => ""));
    if (owner > 0 && !isAlive(owner)) await rm(lockFile, { force: true });
    return false;
  }
}

/** Whether there is a process of that number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
