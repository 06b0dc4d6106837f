import { BentoError, type BentoErrorCode, type BentoIssue, errorCodes } from "@bento/core";

import { parseHead } from "./notice.js";

/** How far causes are followed. */
const mostCauses = 5;

/** An error as one process tells another of the same service: with all that its log needs, unlike on the wire to a caller. */
interface ErrorHead {
  /** Of a BentoError alone. */
  readonly code?: BentoErrorCode;
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly status?: number;
  readonly hint?: string;
  readonly issues?: readonly BentoIssue[];
  readonly cause?: ErrorHead;
}

/** Anything thrown, as the head of a frame. */
export function errorToHead(thrown: unknown): string {
  return JSON.stringify(describe(thrown, mostCauses));
}

/** The error that {@link errorToHead} described: a BentoError where it was one, else an Error of its name. */
export function errorFromHead(head: string): Error {
  return revive(parseHead(head), mostCauses);
}

function describe(thrown: unknown, depth: number): ErrorHead {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
  const { name, message, stack, cause } = thrown;
  return {
    name,
    message,
    ...(stack !== undefined && { stack }),
    ...(BentoError.is(thrown) && {
      code: thrown.code,
      status: thrown.status,
      ...(thrown.hint !== undefined && { hint: thrown.hint }),
      ...(thrown.issues !== undefined && { issues: thrown.issues }),
    }),
    ...(cause !== undefined && depth > 0 && { cause: describe(cause, depth - 1) }),
  };
}

function revive(value: unknown, depth: number): Error {
  const { code, name, message, stack, status, hint, issues, cause } = (typeof value === "object" && value !== null ? value : {}) as Partial<
    Record<keyof ErrorHead, unknown>
  >;
  const options = cause === undefined || depth === 0 ? {} : { cause: revive(cause, depth - 1) };
  const text = typeof message === "string" ? message : "";
  const error = isCode(code)
    ? // What a worker of this service says of an error is taken as it is.
      new BentoError(code, text, { ...options, ...({ status, hint, issues } as object) })
    : Object.assign(new Error(text, options), typeof name === "string" && name !== "Error" ? { name } : {});
  if (typeof stack === "string") error.stack = stack;
  return error;
}

function isCode(code: unknown): code is BentoErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}
