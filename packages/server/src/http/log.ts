import { errorCodes, BentoError } from "@bento/core";

import type { Call } from "./call.js";
import { Refusal } from "./refusal.js";

/** What the server writes to; a pino logger is one, and so is whatever takes fields and a message. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** One line of the access log. */
export function logAccess(logger: Logger, call: Call, status: number, durationMs: number): void {
  const { incoming, identity } = call;
  const { method, mount, path, remote } = incoming;
  const ms = Math.round(durationMs * 1000) / 1000;
  const fields: Record<string, unknown> = { method, path: mount + path, status, ms, requestId: call.requestId };
  if (remote !== undefined) fields["remote"] = remote;
  if (identity) fields["identity"] = identity.id;
  logger.info(fields, "request");
}

/** Writes down what the caller is not told: the failure behind a 5xx, with the id that the caller was given. */
export function logFailure(logger: Logger, call: Call, thrown: unknown): void {
  if (thrown instanceof Refusal) return;
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
