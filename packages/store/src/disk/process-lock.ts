import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimes, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning, ownIdentity, type ProcessIdentity } from "./process-identity.js";
import { isErrno, storeFailure } from "./store-failure.js";

/** How often who waits looks again. Milliseconds. */
const lookEveryMs = 100;
/** How often a holder shows that it lives, to those that cannot see its process. Milliseconds. */
const renewEveryMs = 5000;
/** A holder that cannot be asked (another machine or container, a file without content) counts as dead after such a silence. Milliseconds. */
const silenceMs = 30_000;

/** Who has a lock. */
export interface LockHolder extends ProcessIdentity {
  /** Another for each time that somebody takes it. */
  readonly nonce: string;
}

/** Options of {@link withProcessLock}. */
export interface ProcessLockOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
  /** Told once that another has it; `undefined` where nobody can say who. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
}

/**
 * Does work that only one at a time is to do, of all processes that see one file system. The lock of a holder that died is
 * taken over.
 *
 * It saves doing things twice and protects nothing: who held it on another machine, and was silent for half a minute, may
 * go on.
 * @param path the lock's file; its folder is made
 * @throws the signal's reason; BENTO_STORE_FAILED; what the work throws
 */
export async function withProcessLock<T>(path: string, work: () => Promise<T>, options: ProcessLockOptions = {}): Promise<T> {
  const nonce = await acquire(path, options);
  const renewal = setInterval(() => utimes(path, new Date(), new Date(), () => {}), renewEveryMs).unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    release(path, nonce);
  }
}

/** @returns what tells this lock from that of whoever may take it over */
async function acquire(path: string, { signal, onWait }: ProcessLockOptions): Promise<string> {
  const nonce = randomBytes(12).toString("hex");
  const text = JSON.stringify({ ...ownIdentity(), nonce } satisfies LockHolder);
  let hasWaited = false;
  for (;;) {
    signal?.throwIfAborted();
    if (take(path, text)) return nonce;
    const found = readText(path);
    if (found === undefined) continue;
    if (isDead(path, found)) {
      // Only one may replace what a dead holder left, and whoever does so may die as well: so that has a lock of its own.
      const id = createHash("sha256").update(found).digest("hex").slice(0, 16);
      const isMine = await withProcessLock(`${path}.${id}`, async () => replace(path, found, text), { signal });
      if (isMine) return nonce;
      continue;
    }
    if (!hasWaited) onWait?.(holderOf(found));
    hasWaited = true;
    await sleep(lookEveryMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

function take(path: string, text: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw storeFailure(error, "lock", path);
  }
}

function replace(path: string, found: string, text: string): boolean {
  if (readText(path) !== found) return false;
  const beside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(beside, text, { flag: "wx", mode: 0o600 });
    renameSync(beside, path);
    return true;
  } catch (error) {
    rmSync(beside, { force: true });
    throw storeFailure(error, "lock", path);
  }
}

/** Another may have it by now. */
function release(path: string, nonce: string): void {
  if (holderOf(readText(path) ?? "")?.nonce === nonce) rmSync(path, { force: true });
}

function isDead(path: string, text: string): boolean {
  const holder = holderOf(text);
  const runs = holder && isRunning(holder);
  if (runs !== undefined) return !runs;
  const seen = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - seen > silenceMs;
}

function holderOf(text: string): LockHolder | undefined {
  try {
    const { place, pid, start, nonce } = JSON.parse(text) as LockHolder;
    const isWhole = typeof place === "string" && Number.isSafeInteger(pid) && typeof start === "string" && typeof nonce === "string";
    return isWhole ? { place, pid, start, nonce } : undefined;
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw storeFailure(error, "read", path);
  }
}
