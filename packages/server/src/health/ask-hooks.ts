import { BentoError } from "@bento/core";
import type { HookSpec } from "@bento/sdk";
import { runWithContext } from "@bento/sdk/runtime";

import type { RunningService } from "../executor/in-process.js";

type Asked = Pick<RunningService, "spec" | "instance" | "binding">;

/** Why a service is not well, for the log; `null` when it is. */
export type Complaint = { readonly hook: string; readonly problem: string } | null;

/** Asks hooks that answer whether all is well, one after the other; the first that says no, or fails, is the answer. */
export async function askHooks(hooks: readonly HookSpec[], { instance, binding }: Asked): Promise<Complaint> {
  for (const { member, run } of hooks) {
    try {
      // In their order; the first decides.
      const answer: unknown = await runWithContext(undefined, binding, () => run(instance));
      if (answer !== true) return { hook: member, problem: `answered ${String(answer)}` };
    } catch (thrown) {
      return { hook: member, problem: `failed: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
    }
  }
  return null;
}

/**
 * The text of the metrics as the hooks of a service want it.
 * @throws BENTO_INTERNAL for what is no text; whatever a hook throws
 */
export async function rewriteText(text: string, { spec, instance, binding }: Asked): Promise<string> {
  let rewritten = text;
  for (const { member, run } of spec.metrics) {
    // Each gets what the one before it has made.
    const given = rewritten;
    const answer: unknown = await runWithContext(undefined, binding, () => run(instance, given));
    if (typeof answer !== "string") {
      throw new BentoError(
        "BENTO_INTERNAL",
        `The metrics hook ${JSON.stringify(member)} of service ${JSON.stringify(spec.name)} returned no text.`,
        {
          hint: "Return the text that it was given, with more at its end.",
        },
      );
    }
    rewritten = answer;
  }
  return rewritten;
}
