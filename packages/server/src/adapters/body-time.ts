import type { IncomingMessage } from "node:http";

/**
 * So long somebody may send a body that nobody of ours waits for: what Node itself gives every request. It cannot be left to
 * Node, as an input that is read while it comes may take longer than any time that could be said before.
 */
export const unwatchedBodyMs = 300_000;

/** Breaks the connection off where the rest of a request's body is not there after so many milliseconds. */
export function limitBodyTime(request: IncomingMessage, ms: number): void {
  if (request.complete || !bringsBody(request)) return;
  const timer = setTimeout(() => request.socket.destroy(), ms).unref();
  const stop = () => clearTimeout(timer);
  request.once("end", stop);
  request.once("close", stop);
}

function bringsBody({ headers }: IncomingMessage): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}
