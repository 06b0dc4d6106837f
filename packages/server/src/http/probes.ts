import { BentoError } from "@bento/core";

import { answering, type Handler } from "./pipeline.js";
import { reply, textType } from "./reply.js";

/** The answer of a healthy probe: one newline, as from BentoML. */
const ok = () => reply(200, textType, "\n");

/** Whether the process is alive: it answers, so it is. */
export const livez: Handler = answering(ok);

/** Whether requests can be answered: not before the start-up hooks are through, and not while draining. */
export function makeReadyz(isReady: () => boolean): Handler {
  return answering(() => {
    if (isReady()) return ok();
    throw new BentoError("BENTO_UNAVAILABLE", "The service is draining.", { hint: "Send the request to another instance." });
  });
}
