import { BentoError, parseRequestTimeout, requestTimeoutHeader } from "@bento/core";

import type { Incoming } from "./incoming.js";

/**
 * How long the caller of an endpoint waits for its answer, as the header `X-Request-Timeout` says. Milliseconds; Infinity
 * where it says nothing.
 * @throws BENTO_BAD_REQUEST for what is no time
 */
export function patienceOf(incoming: Incoming): number {
  const text = incoming.header(requestTimeoutHeader);
  if (text === undefined) return Infinity;
  const ms = parseRequestTimeout(text);
  if (ms !== undefined) return ms;
  throw new BentoError("BENTO_BAD_REQUEST", `The header X-Request-Timeout is ${JSON.stringify(text.slice(0, 60))}, which is no time.`, {
    hint: 'Give seconds above 0, such as "2.5", or milliseconds, such as "500ms".',
  });
}
