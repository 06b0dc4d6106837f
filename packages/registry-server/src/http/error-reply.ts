import { BentoError } from "@bento/core";

/** Says in JSON what went wrong. What must not leave the server is told in a neutral sentence; `traceId` leads to the log. */
export function errorReply(thrown: unknown, traceId: string): Response {
  const error = BentoError.from(thrown);
  const { message, code, hint, issues, status } = error.toWire();
  const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
  if (error.retryAfterMs !== undefined) headers.set("retry-after", String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))));
  if (status === 401) headers.set("www-authenticate", 'Bearer realm="bento"');
  // Python's client prints the id where it finds this header.
  if (status >= 500) headers.set("x-trace-id", traceId);
  return new Response(JSON.stringify({ error: message, code, hint, issues }), { status, headers });
}
