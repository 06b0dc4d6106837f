import { BentoError } from "@bento/core";
import type { HookSpec } from "@bento/sdk";
import { type Binding, runWithContext } from "@bento/sdk/runtime";

/** The three moments that hooks run at. */
export type HookKind = "deployment" | "startup" | "shutdown";

/** How a message names them. */
const words: Readonly<Record<HookKind, string>> = { deployment: "deployment", startup: "start-up", shutdown: "shutdown" };

/**
 * Runs hooks one after the other.
 *
 * A failing start ends there; a failing shutdown goes on, since the other hooks still have things to let go of.
 * @throws the hook's own BentoError, or BENTO_SERVICE_INVALID naming the hook with what it threw as cause
 */
export async function runHooks(
  service: string,
  kind: HookKind,
  hooks: readonly HookSpec[],
  instance: object | undefined,
  binding: Binding,
): Promise<void> {
  const failures: unknown[] = [];
  for (const hook of hooks) {
    try {
      // Hooks run one after the other, in their order.
      await runWithContext(undefined, binding, () => hook.run(instance));
    } catch (thrown) {
      const failure = hookFailure(service, kind, hook, thrown);
      if (kind !== "shutdown") throw failure;
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function hookFailure(service: string, kind: HookKind, hook: HookSpec, thrown: unknown): BentoError {
  if (BentoError.is(thrown)) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new BentoError("BENTO_SERVICE_INVALID", `The ${words[kind]} hook "${hook.member}" of service "${service}" failed: ${reason}`, {
    cause: thrown,
    hint: "The cause holds the stack of the hook.",
  });
}
