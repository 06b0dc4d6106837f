import { BentoError, type BentoErrorCode } from "@bento/core";

const reasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ["there is no such place", "Look for a mistake in the path, or point BENTOML_HOME at a folder that can be made."],
  ENOSPC: ["the disk is full", "Free some space, or point BENTOML_HOME at another disk."],
  EDQUOT: ["the disk quota is used up", "Free some space, or point BENTOML_HOME at another disk."],
  EFBIG: [
    "the file is larger than this process or disk may write",
    "Raise the limit (`ulimit -f`), or point BENTOML_HOME at another disk.",
  ],
  EROFS: ["the disk is read-only", "Mount it writable, or point BENTOML_HOME at a folder that can be written."],
  EACCES: ["this user has no permission", "Give this user access, or point BENTOML_HOME at a folder of its own."],
  EPERM: ["this user has no permission", "Give this user access, or point BENTOML_HOME at a folder of its own."],
  ENOTDIR: ["a file stands where a folder is needed", "Move that file away, or point BENTOML_HOME at another folder."],
  EEXIST: ["a file stands where a folder is needed", "Move that file away, or point BENTOML_HOME at another folder."],
  EXDEV: ["it lies on another file system", "Keep the whole home on one file system: mount the home itself, not its models folder."],
  EMFILE: ["this process has too many files open", "Raise the limit (`ulimit -n`), or close what is no longer needed."],
  ENFILE: ["the machine has too many files open", "Close what is no longer needed."],
  ENAMETOOLONG: ["the path is too long for this disk", "Use a shorter home or shorter file names."],
  EIO: ["the disk does not work", "Look at the system log."],
};

/** Whether a thrown value is a failure of the operating system, with one of these codes if any are given. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !("syscall" in error)) return false;
  return codes.length === 0 || codes.includes(String((error as NodeJS.ErrnoException).code));
}

/**
 * What to throw for something caught while the store worked on a path: a failure of the operating system becomes
 * BENTO_STORE_FAILED, everything else stays what it is.
 * @param doing what failed, after "Cannot": `write`, `read`, `make the folder`
 * @param code another code, for a path that is not the store's; the hint, which speaks of the store, is left out then
 */
export function storeFailure(error: unknown, doing: string, path: string, code: BentoErrorCode = "BENTO_STORE_FAILED"): unknown {
  if (!isErrno(error)) return error;
  const [reason, storeHint] = reasons[error.code ?? ""] ?? [error.message, undefined];
  const hint = code === "BENTO_STORE_FAILED" ? storeHint : undefined;
  return new BentoError(code, `Cannot ${doing} ${JSON.stringify(path)}: ${reason} (${error.code}).`, {
    hint,
    cause: error,
  });
}

/** Runs `work`; failures of the operating system become BENTO_STORE_FAILED as {@link storeFailure} says. */
export async function onDisk<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeFailure(error, doing, path);
  }
}

/** {@link onDisk} for work that does not wait. */
export function onDiskSync<T>(doing: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeFailure(error, doing, path);
  }
}
