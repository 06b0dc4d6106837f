import { BentoError } from "@bento/core";
import type { HookSpec } from "@bento/sdk";
import { type Binding, runWithContext } from "@bento/sdk/runtime";

import { longestTimerMs } from "../limits.js";
import { checkInteger } from "../options.js";
import { unlessAborted } from "../unless-aborted.js";

/** The three moments that hooks run at. */
export type HookKind = "deployment" | "startup" | "shutdown";

/** How a message names them. */
const words: Readonly<Record<HookKind, string>> = { deployment: "deployment", startup: "start-up", shutdown: "shutdown" };
/** The option that gives each its time. */
const options: Readonly<Record<HookKind, string>> = {
  deployment: "startTimeoutMs",
  startup: "startTimeoutMs",
  shutdown: "shutdownTimeoutMs",
};

/** How long hooks may take. Milliseconds. */
export interface HookTimes {
  readonly startTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
}

/** The times that options name, or their defaults. @throws BENTO_CONFIG_INVALID */
export function hookTimes({
  startTimeoutMs = 300_000,
  shutdownTimeoutMs = 10_000,
}: Partial<{ [K in keyof HookTimes]: number | undefined }>): HookTimes {
  return {
    startTimeoutMs: checkInteger("startTimeoutMs", startTimeoutMs, 1, longestTimerMs),
    shutdownTimeoutMs: checkInteger("shutdownTimeoutMs", shutdownTimeoutMs, 0, longestTimerMs),
  };
}

/** What hooks run with. */
export interface HookRun {
  readonly service: string;
  readonly binding: Binding;
  /** Undefined for deployment hooks. */
  readonly instance: object | undefined;
  /** Milliseconds that all hooks of one moment get together. @default as long as they like */
  readonly timeoutMs?: number | undefined;
  /** Aborted when they are not wanted any more: what has begun is waited for a while, no other one begins. */
  readonly starting?: AbortSignal | undefined;
  /** How long that is. Milliseconds. @default 0 */
  readonly shutdownTimeoutMs?: number | undefined;
  /** Told before each of them, as it stands in a sentence: `running the start-up hook "load"`; waited for. */
  readonly onBegin?: ((doing: string) => Promise<void>) | undefined;
}

/**
 * Runs hooks one after the other.
 *
 * A failing start ends there; a failing shutdown goes on, since the other hooks still have things to let go of. A hook
 * that is late is not waited for any longer; it cannot be stopped.
 * @throws the reason of `starting`; the hook's own BentoError, or BENTO_SERVICE_INVALID naming the hook with what it threw as cause
 */
export async function runHooks(kind: HookKind, hooks: readonly HookSpec[], run: HookRun): Promise<void> {
  const { service, binding, instance, timeoutMs, starting, shutdownTimeoutMs, onBegin } = run;
  const end = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
  const failures: unknown[] = [];
  for (const hook of hooks) {
    starting?.throwIfAborted();
    await onBegin?.(`running the ${words[kind]} hook ${JSON.stringify(hook.member)}`);
    try {
      // Hooks run one after the other, in their order.
      const running = Promise.resolve(runWithContext(undefined, binding, () => hook.run(instance)));
      const late = (): BentoError => hookLate(service, kind, hook, timeoutMs as number);
      const limited = end === undefined ? running : inTime(running, end - performance.now(), late);
      await unlessAborted(limited, starting, shutdownTimeoutMs);
    } catch (thrown) {
      const failure = hookFailure(service, kind, hook, thrown);
      if (kind !== "shutdown") throw failure;
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw failures[0];
  starting?.throwIfAborted();
}

async function inTime(running: Promise<unknown>, leftMs: number, late: () => BentoError): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), Math.max(0, leftMs))));
  try {
    await Promise.race([running, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function hookLate(service: string, kind: HookKind, hook: HookSpec, timeoutMs: number): BentoError {
  const name = `The ${words[kind]} hook "${hook.member}" of service "${service}"`;
  return new BentoError("BENTO_SERVICE_INVALID", `${name} was not done after ${timeoutMs / 1000} seconds.`, {
    hint: `Make it faster, or raise the option ${options[kind]}, the time of all of them together.`,
  });
}

function hookFailure(service: string, kind: HookKind, hook: HookSpec, thrown: unknown): BentoError {
  if (BentoError.is(thrown)) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new BentoError("BENTO_SERVICE_INVALID", `The ${words[kind]} hook "${hook.member}" of service "${service}" failed: ${reason}`, {
    cause: thrown,
    hint: "The cause holds the stack of the hook.",
  });
}
