import { BentoError } from "@bento/core";

/** Whether a thrown value is a failure of the operating system with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && codes.includes(String((error as NodeJS.ErrnoException).code));
}

/**
 * Runs work on the disk of the blobs. That it is full is the caller's to know, as only somebody who makes room can help;
 * other failures go to the log.
 * @throws BENTO_QUOTA_EXCEEDED, BENTO_STORE_FAILED, and what is no failure of the operating system
 */
export async function diskFailure<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !("syscall" in error)) throw error;
    if (isErrno(error, "ENOSPC", "EDQUOT", "EFBIG")) throw diskFull(error);
    throw new BentoError("BENTO_STORE_FAILED", `The registry cannot ${doing} on the disk of its blobs: ${error.message}.`, {
      cause: error,
      hint: "Look whether its folder is there and belongs to the user of the server.",
    });
  }
}

function diskFull(cause: Error): BentoError {
  return new BentoError("BENTO_QUOTA_EXCEEDED", "The disk of the registry is full, and nothing of this upload is visible.", {
    cause,
    hint: "Have whoever runs the registry make room, then push again: parts that it has are not sent again.",
  });
}
