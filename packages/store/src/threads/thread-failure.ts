import { BentoError } from "@bento/core";

/**
 * The error for work that broke down in a thread, or with it: a fault of this package or of what it is built on, or too
 * little memory. What is wrong with the data that it works on is never told that way.
 * @param work what was to be done, for messages
 */
export function threadFailure(work: string, cause: unknown): BentoError {
  if (BentoError.is(cause)) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BentoError("BENTO_INTERNAL", `The thread for ${JSON.stringify(work)} failed: ${reason}`, {
    hint:
      (cause as { readonly code?: unknown } | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY"
        ? "Free some memory, or let less be done at once with a smaller maxMemory."
        : "The cause says where; packages that are incomplete or do not fit this machine do that, too: install them again.",
    cause,
  });
}
