import { spawn } from "node:child_process";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** Whether the system has the program; it is looked for once. */
let isMissing = false;

/**
 * Waits for the lock that Python's `filelock` takes on a file: flock(2), exclusive, which ends with the process that has
 * it. Node.js has no call for it; the program `flock` of every Linux has, and as the lock belongs to the open file that
 * the two share, it stays when the program has ended.
 * @returns what gives the lock back; `undefined` where the system or the disk knows no such lock
 */
export async function lockFile(path: string, signal: AbortSignal | undefined): Promise<AsyncDisposable | undefined> {
  await mkdir(dirname(path), { recursive: true });
  while (!isMissing) {
    // Whoever shares the cache must be able to open it as well.
    const file = await open(path, "a", 0o664);
    let isHeld = false;
    try {
      if (!(await isLocked(file, signal))) return undefined;
      // Whoever had it may have removed the file, and the lock of a file without a name keeps nobody out.
      isHeld = (await file.stat()).nlink > 0;
    } finally {
      if (!isHeld) await file.close();
    }
    if (isHeld) return { [Symbol.asyncDispose]: () => file.close() };
  }
  return undefined;
}

async function isLocked({ fd }: FileHandle, signal: AbortSignal | undefined): Promise<boolean> {
  signal?.throwIfAborted();
  const program = spawn("flock", ["-x", "3"], { stdio: ["ignore", "ignore", "ignore", fd] });
  const giveUp = (): void => void program.kill();
  signal?.addEventListener("abort", giveUp, { once: true });
  const code = await new Promise<number | null>((resolve) => {
    program.once("exit", resolve);
    program.once("error", (error: NodeJS.ErrnoException) => {
      isMissing = error.code === "ENOENT";
      resolve(null);
    });
  });
  signal?.removeEventListener("abort", giveUp);
  signal?.throwIfAborted();
  return code === 0;
}
