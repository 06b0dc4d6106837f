import { type BentoErrorCode, errorCodes, isErrorCode } from "./error-codes.js";

const brand: unique symbol = Symbol.for("bento.error") as never;

/** One problem of a value that did not fit its schema. */
export interface BentoIssue {
  /** Where in the value: keys and indices from the root, empty for the root itself. */
  readonly path: readonly (string | number)[];
  /** What is wrong there, in words. */
  readonly message: string;
  /** The validator's own name for it (`invalid_type`, `too_small` ...), `custom` when it has none. */
  readonly code: string;
}

/** Codes whose errors always carry `issues`. */
export type ValidationCode = "BENTO_INPUT_INVALID" | "BENTO_OUTPUT_INVALID";

/** Options of {@link BentoError}. */
export interface BentoErrorOptions {
  /** What was caught. Never sent over the wire. */
  readonly cause?: unknown;
  /** What to do next, in one sentence. */
  readonly hint?: string | undefined;
  /** The problems of an invalid value; required in spirit for the two validation codes. */
  readonly issues?: readonly BentoIssue[] | undefined;
  /** HTTP status, where the code's own does not fit. */
  readonly status?: number | undefined;
  /** When to try again: milliseconds from now. A server says so in whole seconds, where it answers with 429 or 503. */
  readonly retryAfterMs?: number | undefined;
}

/** What crosses a process or HTTP boundary in place of the error. */
export interface WireError {
  readonly code: BentoErrorCode;
  readonly message: string;
  readonly status: number;
  readonly hint?: string;
  readonly issues?: readonly BentoIssue[];
}

/**
 * The one error class of every Bento package.
 *
 * `code` says what happened in a way programs can rely on, `message` says it to a person and quotes the value at
 * fault, `hint` says what to do next. Compare with {@link BentoError.is}: unlike `instanceof` it also knows an error
 * that another copy of the package made.
 *
 * ```ts
 * if (BentoError.is(error, "BENTO_INPUT_INVALID")) for (const issue of error.issues) console.log(issue.path, issue.message);
 * ```
 */
export class BentoError<C extends BentoErrorCode = BentoErrorCode> extends Error {
  override readonly name = "BentoError";
  readonly code: C;
  /** HTTP status that answers a request which failed with this error. */
  readonly status: number;
  /** What to do next. */
  readonly hint: string | undefined;
  /** When to try again, where that is known: milliseconds from when the error was made, as the header `Retry-After` said. */
  readonly retryAfterMs: number | undefined;
  /** The problems found in an invalid value; always there for the two validation codes. */
  readonly issues: C extends ValidationCode ? readonly BentoIssue[] : readonly BentoIssue[] | undefined;

  constructor(code: C, message: string, options: BentoErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    // Plain JavaScript may make up a code; it counts as a failure of the service itself.
    this.status = options.status ?? (isErrorCode(code) ? errorCodes[code].status : errorCodes.BENTO_INTERNAL.status);
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
    const issues = options.issues ?? (isValidationCode(code) ? [] : undefined);
    this.issues = issues as typeof this.issues;
  }

  get [brand](): true {
    return true;
  }

  /** Whether `error` is a BentoError, of this or another copy of the package, and of the given code if one is given. */
  static is<C extends BentoErrorCode = BentoErrorCode>(error: unknown, code?: C): error is BentoError<C> {
    if (typeof error !== "object" || error === null || (error as { [brand]?: unknown })[brand] !== true) return false;
    return code === undefined || (error as BentoError).code === code;
  }

  /** Any thrown value as a BentoError: itself if it is one, else `BENTO_INTERNAL` with the value as its cause. */
  static from(thrown: unknown): BentoError {
    if (BentoError.is(thrown)) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new BentoError("BENTO_INTERNAL", message, { cause: thrown });
  }

  /** The error as plain data. What the code does not expose is replaced by a neutral sentence, hint and issues left out. */
  toWire(): WireError {
    return toWire(this);
  }

  /**
   * The error that {@link BentoError.toWire} of another process described; a code unknown here becomes `BENTO_INTERNAL`.
   * What is no description at all gives that code too, and what is malformed in one is left out.
   */
  static fromWire(wire: unknown): BentoError {
    const { code, message, status, hint, issues } = (typeof wire === "object" && wire !== null ? wire : {}) as Unchecked<WireError>;
    return new BentoError(isErrorCode(code) ? code : "BENTO_INTERNAL", typeof message === "string" ? message : internalErrorMessage, {
      status: typeof status === "number" ? status : undefined,
      hint: typeof hint === "string" ? hint : undefined,
      issues: Array.isArray(issues) ? issues.filter(isIssue) : undefined,
    });
  }
}

/** The sentence that stands for a failure whose details must stay in the server's log. */
export const internalErrorMessage = "The service failed while it worked on this request; its log has the details.";

/** {@link BentoError.toWire} for any thrown value. */
export function toWire(thrown: unknown): WireError {
  const error = BentoError.from(thrown);
  // A newer copy of the package may know codes that this one does not.
  const code: BentoErrorCode = isErrorCode(error.code) ? error.code : "BENTO_INTERNAL";
  if (!errorCodes[code].exposed) return { code, message: internalErrorMessage, status: error.status };
  return {
    code,
    message: error.message,
    status: error.status,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.issues === undefined ? {} : { issues: error.issues }),
  };
}

type Unchecked<T> = { readonly [K in keyof T]?: unknown };

function isIssue(value: unknown): value is BentoIssue {
  const { path, message, code } = (typeof value === "object" && value !== null ? value : {}) as Unchecked<BentoIssue>;
  return Array.isArray(path) && typeof message === "string" && typeof code === "string";
}

function isValidationCode(code: BentoErrorCode): code is ValidationCode {
  return code === "BENTO_INPUT_INVALID" || code === "BENTO_OUTPUT_INVALID";
}
