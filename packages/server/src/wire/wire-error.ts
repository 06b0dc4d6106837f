import { types } from "node:util";

import { BentoError, type BentoIssue, errorCodes, type BentoErrorCode } from "@bento/core";

import { isHeadTooLong } from "./frame.js";
import { parseHead } from "./notice.js";

/** How far causes are followed. */
const mostCauses = 5;
/** Texts are cut there: a message may hold whatever a service was sent. Characters. */
const longestText = 1 << 16;
/** Issues beyond are left out. */
const mostIssues = 1000;

/** An error as one process tells another of the same service: with all that its log needs, unlike on the wire to a caller. */
interface ErrorHead {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorHead;
  /** Of a BentoError alone, as what follows. */
  readonly code?: string;
  readonly status?: number;
  readonly hint?: string;
  readonly issues?: readonly BentoIssue[];
  readonly retryAfterMs?: number;
}

/** Anything thrown, as the head of a frame. Never fails, and is never too long: what cannot be told is left out. */
export function errorToHead(thrown: unknown): string {
  return tryHead(() => describe(thrown, mostCauses)) ?? tryHead(() => withoutIssues(describe(thrown, 0))) ?? JSON.stringify(indescribable);
}

const indescribable: ErrorHead = { name: "Error", message: "Something was thrown that cannot be described." };

/** Properties may throw, or hold what is no JSON. */
function tryHead(make: () => object): string | undefined {
  try {
    const head = JSON.stringify(make());
    return isHeadTooLong(head) ? undefined : head;
  } catch {
    return undefined;
  }
}

function withoutIssues(head: ErrorHead): object {
  return { ...head, issues: undefined };
}

/**
 * The error that {@link errorToHead} described: a BentoError where it was one, else an Error of its name. What is
 * malformed in the description is left out.
 * @throws BENTO_WIRE_INVALID when the head is no JSON
 */
export function errorFromHead(head: string): Error {
  return revive(parseHead(head), mostCauses);
}

function describe(thrown: unknown, depth: number): ErrorHead {
  if (!isError(thrown)) return { name: "Error", message: cut(String(thrown)) };
  // Anybody may have put anything there.
  const { name, message, stack, cause }: Unchecked<Error> = thrown;
  return {
    name: cut(String(name)),
    message: cut(String(message)),
    ...(typeof stack === "string" && { stack: cut(stack) }),
    ...(BentoError.is(thrown) && {
      code: thrown.code,
      status: thrown.status,
      ...(thrown.hint !== undefined && { hint: cut(thrown.hint) }),
      ...(thrown.issues !== undefined && { issues: thrown.issues.slice(0, mostIssues) }),
      ...(thrown.retryAfterMs !== undefined && { retryAfterMs: thrown.retryAfterMs }),
    }),
    ...(cause !== undefined && depth > 0 && { cause: describe(cause, depth - 1) }),
  };
}

/** Also one of another realm, or of another copy of the package. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || types.isNativeError(thrown) || BentoError.is(thrown);
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

function revive(value: unknown, depth: number): Error {
  const { name, message, stack, cause, ...rest } = (typeof value === "object" && value !== null ? value : {}) as Unchecked<ErrorHead>;
  const text = typeof message === "string" ? message : "";
  const error = typeof rest.code === "string" ? reviveBentoError(text, rest) : new Error(text);
  if (!BentoError.is(error) && typeof name === "string") define(error, "name", name);
  if (cause !== undefined && depth > 0) define(error, "cause", revive(cause, depth - 1));
  if (typeof stack === "string") define(error, "stack", stack);
  return error;
}

/** A code that another version of the package made up counts as a failure of the service. */
function reviveBentoError(message: string, { code, status, hint, issues, retryAfterMs }: Unchecked<ErrorHead>): BentoError {
  return new BentoError(isCode(code) ? code : "BENTO_INTERNAL", message, {
    status: Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599 ? (status as number) : undefined,
    hint: typeof hint === "string" ? hint : undefined,
    issues: Array.isArray(issues) ? issues.filter(isIssue) : undefined,
    retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : undefined,
  });
}

/** As the error itself would have it: not shown among its own properties. */
function define(error: Error, name: "name" | "cause" | "stack", value: unknown): void {
  Object.defineProperty(error, name, { value, writable: true, enumerable: false, configurable: true });
}

type Unchecked<T> = { readonly [K in keyof T]?: unknown };

function isCode(code: unknown): code is BentoErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}

function isIssue(value: unknown): value is BentoIssue {
  const { path, message, code } = (typeof value === "object" && value !== null ? value : {}) as Unchecked<BentoIssue>;
  return Array.isArray(path) && typeof message === "string" && typeof code === "string";
}
