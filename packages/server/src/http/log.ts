import { errorCodes, BentoError } from "@bento/core";

import type { Call } from "./call.js";

/** What the server writes to; a pino logger is one, and so is whatever takes fields and a message. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Paths that an orchestrator asks every few seconds. */
const quietPaths = /\/(?:livez|readyz|healthz|metrics)$/;

/** One line for each answered request, except for probes and metrics. */
export function logAccess(logger: Logger, call: Call, status: number, durationMs: number): void {
  const { incoming } = call;
  if (quietPaths.test(incoming.path)) return;
  logger.info(
    {
      method: incoming.method,
      path: incoming.mount + incoming.path,
      status,
      ms: Math.round(durationMs * 1000) / 1000,
      requestId: call.requestId,
      ...(incoming.remote !== undefined && { remote: incoming.remote }),
      ...(call.identity && { identity: call.identity.id }),
    },
    "request",
  );
}

/** Writes down what the caller is not told: the failure behind a 5xx, with the id that the caller was given. */
export function logFailure(logger: Logger, call: Call, thrown: unknown): void {
  const error = BentoError.from(thrown);
  if (errorCodes[error.code].status < 500 && error.status < 500) return;
  const cause = error.cause ?? thrown;
  logger.error(
    {
      requestId: call.requestId,
      path: call.incoming.mount + call.incoming.path,
      code: error.code,
      ...(error.hint !== undefined && { hint: error.hint }),
      ...(error.issues && { issues: error.issues }),
      err: cause instanceof Error ? cause : error,
    },
    error.message,
  );
}
