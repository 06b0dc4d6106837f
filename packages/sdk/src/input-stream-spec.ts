import { earlyDocument } from "./schema/early-document.js";
import { capital, serviceInvalid } from "./service-invalid.js";
import type { ApiSpec } from "./spec.js";

/**
 * Refuses what goes with no input that comes as a stream: its call runs by itself, for as long as its one connection lasts.
 * @param input the schema, as it was given
 * @throws BENTO_SERVICE_INVALID
 */
export function checkInputStream(
  whose: string,
  input: unknown,
  { batch, continuous, replay }: Pick<ApiSpec, "batch" | "continuous" | "replay">,
): void {
  if (batch === undefined && continuous === undefined && replay === undefined) return;
  if (earlyDocument(input, "input")?.["x-bento-stream"] !== true) return;
  const what = capital(whose);
  if (replay !== undefined) {
    throw serviceInvalid(
      `${what} has a replay, but its input is a stream, which ends with the connection that it comes over.`,
      "Leave `replay` out, or take the whole input at once.",
    );
  }
  throw serviceInvalid(
    `${what} is batchable, but its input is a stream, which no batch can wait for.`,
    "Leave `batchable` out, or take lists: z.array(item).",
  );
}
