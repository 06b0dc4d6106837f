import { BentoError } from "@bento/core";
import { startOfBody } from "./body-texts.js";
import { mostErrorBytes } from "./bounded-answer.js";
import { type Outgoing, send, throwNetworkFailure } from "./connection.js";
import { Deadline } from "./deadline.js";
import { failureKind } from "./failure-kind.js";
import { checkSignal, checkTimeout } from "./options.js";
import type { Session } from "./session.js";

/** How long a client may take to find out whether its service is ready. */
export interface ReadyOptions {
  /** Milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds for one look. */
const lookMs = 5000;
/** Milliseconds that a service has to become ready, where nothing else is said. */
const waitMs = 60_000;
/** Between two looks; at first soon, then less often. Milliseconds. */
const shortestPauseMs = 50;
const longestPauseMs = 1000;

/** Answers that say "not now", of the service or of somebody before it. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Whether the service takes calls now. One that cannot be reached, or says nothing within `timeoutMs` (default 5000), is
 * not ready.
 * @throws what it answers with otherwise, such as BENTO_NOT_FOUND where there is no service; BENTO_CANCELLED
 */
export async function isReady(session: Session, options: ReadyOptions = {}): Promise<boolean> {
  const signals = [checkSignal(options.signal), ...session.signals];
  const deadline = new Deadline(`GET ${session.connection.baseUrl}/readyz`, checkTimeout(options.timeoutMs, lookMs), signals);
  try {
    return await look(session, deadline);
  } finally {
    deadline.close();
  }
}

/**
 * Resolves as soon as the service takes calls.
 * @throws BENTO_TIMEOUT when that takes longer than `timeoutMs` (default 60,000); what {@link isReady} throws
 */
export async function waitUntilReady(session: Session, options: ReadyOptions = {}): Promise<void> {
  const { baseUrl } = session.connection;
  const timeoutMs = checkTimeout(options.timeoutMs, waitMs);
  const deadline = new Deadline(`Waiting for ${baseUrl} to be ready`, timeoutMs, [checkSignal(options.signal), ...session.signals]);
  try {
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
      if (await isReady(session, { timeoutMs: Math.max(1, Math.min(lookMs, deadline.leftMs)), signal: deadline.signal })) return;
      await deadline.pause(pauseMs);
    }
  } catch (error) {
    if (deadline.signal.aborted) throw deadline.signal.reason;
    throw error;
  } finally {
    deadline.close();
  }
}

async function look({ connection }: Session, deadline: Deadline): Promise<boolean> {
  try {
    return await ask(connection.baseUrl);
  } catch (error) {
    // Of a service with a prefix both paths may be there, or only the one at the root of its host.
    const { origin, pathname } = new URL(connection.baseUrl);
    if (BentoError.is(error) && error.status === 404 && pathname !== "/") return await ask(origin);
    if (BentoError.is(error, "BENTO_TIMEOUT") && deadline.signal.aborted) return false;
    if (failureKind(error) === "unsent" || failureKind(error) === "lost") return false;
    if (failureKind(error) === "answered" && BentoError.is(error) && passing.has(error.status)) return false;
    throw error;
  }

  async function ask(base: string): Promise<boolean> {
    const outgoing: Outgoing = { method: "GET", url: `${base}/readyz`, headers: undefined, bodyHeaders: {}, body: undefined };
    const response = await send(connection, outgoing, deadline);
    await deadline
      .race(startOfBody(response, mostErrorBytes))
      .catch((error: unknown) => throwNetworkFailure("GET /readyz", deadline, error));
    return true;
  }
}
