import { BentoError } from "@bento/core";
import { isErrno } from "../disk/store-failure.js";

const reasons: Readonly<Record<string, readonly [reason: string, hint: string | undefined]>> = {
  ENOENT: ["there is no such file or folder", "Look for a mistake in the path."],
  ENOTDIR: ["a file stands where a folder is needed", "Look for a mistake in the path."],
  EEXIST: ["something stands there already", "Name another path."],
  EISDIR: ["it is a folder", undefined],
  ENOSPC: ["the disk is full", "Free some space, or choose a place on another disk."],
  EDQUOT: ["the disk quota is used up", "Free some space, or choose a place on another disk."],
  EFBIG: ["the file is larger than this process or disk may write", "Raise the limit (`ulimit -f`), or choose a place on another disk."],
  EROFS: ["the disk is read-only", "Choose a place that can be written."],
  EACCES: ["this user has no permission", "Give this user access, or choose another place."],
  EPERM: ["this user has no permission", "Give this user access, or choose another place."],
  ENAMETOOLONG: ["the path is too long for this disk", "Choose a shorter path or name."],
  EMFILE: ["this process has too many files open", "Raise the limit (`ulimit -n`), or close what is no longer needed."],
  EIO: ["the disk does not work", "Look at the system log."],
};

/**
 * What to throw for something caught at the source or target of a transfer: a failure of the operating system becomes
 * BENTO_TRANSFER_FAILED, everything else stays what it is.
 * @param doing what failed, after "Cannot": `write`, `read`
 */
export function transferFailure(error: unknown, doing: string, path: string): unknown {
  if (!isErrno(error)) return error;
  const [reason, hint] = reasons[error.code ?? ""] ?? [error.message, undefined];
  return new BentoError("BENTO_TRANSFER_FAILED", `Cannot ${doing} ${JSON.stringify(path)}: ${reason} (${error.code}).`, {
    hint,
    cause: error,
  });
}

/** Runs `work`; failures of the operating system become BENTO_TRANSFER_FAILED as {@link transferFailure} says. */
export async function transferring<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw transferFailure(error, doing, path);
  }
}
