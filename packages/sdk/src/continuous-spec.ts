import { maxSizeOf } from "./batch-spec.js";
import { isGenerator, type Member } from "./members.js";
import { describe } from "./option-checks.js";
import { capital, serviceInvalid } from "./service-invalid.js";
import type { ContinuousSpec } from "./spec.js";

/** Options that only calls have which are gathered whole. */
const otherOptions = ["maxLatencyMs", "batchDim", "batchPolicy"] as const;

/**
 * How the calls of a step-wise api run together, from its checked option names; `undefined` for any other api.
 * @throws BENTO_SERVICE_INVALID
 */
export function continuousOf(
  whose: string,
  { method }: Pick<Member, "method">,
  options: Readonly<Record<string, unknown>>,
): ContinuousSpec | undefined {
  if (options["batchable"] !== "continuous") return undefined;
  const api = capital(whose);
  const given = otherOptions.find((name) => options[name] !== undefined);
  if (given !== undefined) {
    throw serviceInvalid(
      `${api} has a ${given}, but is step-wise: its calls join as they come.`,
      `Leave \`${given}\` out, or say \`batchable: true\`.`,
    );
  }
  if (options["stream"] !== undefined && options["stream"] !== true) {
    throw serviceInvalid(
      `The stream of ${whose} is ${describe(options["stream"])}, but a step-wise api streams its items.`,
      "Leave `stream` out.",
    );
  }
  if (isGenerator(method)) {
    throw serviceInvalid(
      `${api} is step-wise, and a generator.`,
      "Write it as a method that takes one step for all sequences: emit items with `sequence.emit(item)` in place of `yield`.",
    );
  }
  if (options["input"] === undefined) {
    throw serviceInvalid(
      `${api} is step-wise, but has no input schema.`,
      'Add one: @api({ input: z.object({ prompt: z.string() }), batchable: "continuous" }).',
    );
  }
  return Object.freeze({ maxSize: maxSizeOf(whose, options["maxBatchSize"]) });
}
