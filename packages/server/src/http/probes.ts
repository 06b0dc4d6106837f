import { BentoError } from "@bento/core";

import { answering, type Handler } from "./pipeline.js";
import { reply, textType } from "./reply.js";

/** The answer of a healthy probe: one newline, as from BentoML. */
const ok = () => reply(200, textType, "\n");

/** Whether the process is alive: it answers, so it is. */
export const livez: Handler = answering(ok);

/**
 * Whether requests can be answered: not before the start-up hooks are through, and not while draining.
 * @param trouble says why not, where there is more to say than that
 */
export function makeReadyz(isReady: () => boolean, trouble: () => BentoError | undefined): Handler {
  return answering(() => {
    if (isReady()) return ok();
    throw trouble() ?? new BentoError("BENTO_UNAVAILABLE", "The service is draining.", { hint: "Send the request to another instance." });
  });
}
