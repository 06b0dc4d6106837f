import { BentoError } from "@bento/core";

import type { WorkerExit } from "./worker-process.js";

/** What a call in flight fails with when its worker dies. */
export function workerDied(name: string): BentoError {
  return new BentoError("BENTO_WORKER_DIED", `The worker ${name} died while it worked on this request.`, {
    hint: "It may or may not have been carried out; send it again if that does no harm.",
  });
}

/** How a process ended, as it stands in a sentence. */
function howEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `with exit code ${String(code)}` : `by ${signal}`;
}

/** What became of a worker, as it stands in a sentence: what went wrong, where somebody said so, and not how that ended it. */
export function whatBecameOf(name: string, { code, signal, failure }: Pick<WorkerExit, "code" | "signal" | "failure">): string {
  return failure === undefined ? `${name} ended ${howEnded(code, signal)}` : `${name} failed: ${failure.message.replace(/\.$/, "")}`;
}

/** A worker that no process could be made for. */
export function noDescriptors(name: string): BentoError {
  return new BentoError("BENTO_WORKER_FAILED", `The worker ${name} could not be started: there are no file descriptors left for it.`, {
    hint: "Raise the limit of this process (ulimit -n), or find what keeps so many files and connections open.",
  });
}

/** A worker that ended in its start and said nothing. */
export function endedInStart(name: string, code: number | null, signal: NodeJS.Signals | null): BentoError {
  return new BentoError("BENTO_WORKER_FAILED", `The worker ${name} ended ${howEnded(code, signal)} before it was ready.`, {
    hint: "What it wrote before is in the log, under its name.",
  });
}

/** A start that takes too long. @param doing what it was at, such as `running the start-up hook "load"` */
export function slowStart(name: string, timeoutMs: number, doing: string): BentoError {
  return new BentoError(
    "BENTO_WORKER_FAILED",
    `The worker ${name} was not ready after ${timeoutMs / 1000} seconds: it was still ${doing}.`,
    {
      hint: "Make that faster, or raise the option startTimeoutMs.",
    },
  );
}

/** A worker that does not come to answer any more. */
export function workerHung(name: string, silentMs: number): BentoError {
  return new BentoError("BENTO_WORKER_FAILED", `The worker ${name} gave no sign of life for ${(silentMs / 1000).toFixed(1)} seconds.`, {
    hint: "Its event loop stands still, or the process is stopped. Do long work in threads, or raise the option hangTimeoutMs.",
  });
}

/** Workers that die again and again. What they died of is for the log: it may tell more than a caller should know. */
export function crashLoop(name: string, deaths: number, cause: Error | undefined): BentoError {
  return new BentoError("BENTO_CRASH_LOOP", `The worker ${name} died ${deaths} times in a row.`, {
    hint: "The server's log says what of.",
    ...(cause === undefined ? {} : { cause }),
  });
}
