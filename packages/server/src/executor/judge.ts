import { BentoError, type BentoIssue } from "@bento/core";
import type { ApiSpec, SchemaResult } from "@bento/sdk";

import { tooDeep } from "../http/decode.js";
import type { ExecutorCall } from "./executor.js";

/** What came is judged to the end, so that all its problems are told, up to so many bytes of body. */
const mostJudgedWhole = 64 * 1024;
/** Issues beyond help nobody, and make a long answer of a short request. */
const mostIssues = 100;
/** Messages and keys are cut there: they may quote what came. Characters. */
const longestText = 500;

/**
 * The valid input of a call.
 *
 * Of a large body only the first problem is looked for, as far as the schema's library can stop there: a list of a million
 * wrong items has a million problems, each many times the size of its item.
 * @throws BENTO_INPUT_INVALID
 */
export function judgeInput({ input }: ApiSpec, value: unknown, body: ExecutorCall["body"]): unknown {
  let result: SchemaResult | Promise<SchemaResult>;
  try {
    result = input.validate(value, sizeOf(body) > mostJudgedWhole);
  } catch (cause) {
    throw failed(cause);
  }
  return isPromise(result) ? result.then(takeInput, (cause: unknown) => Promise.reject(failed(cause))) : takeInput(result);
}

/** What is sent for a result. @throws BENTO_OUTPUT_INVALID */
export function judgeOutput(api: ApiSpec, value: unknown): unknown {
  const result = api.output.validate(value);
  return isPromise(result) ? result.then((checked) => takeOutput(api, checked)) : takeOutput(api, result);
}

/** Whether a value has to be waited for. */
export function isPromise<T>(value: T | PromiseLike<T> | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** Bytes of a body that a schema may have to look at one by one. */
function sizeOf(body: ExecutorCall["body"]): number {
  if ("bytes" in body) return body.bytes.byteLength;
  if (!("form" in body)) return 0;
  return body.form.parts.reduce((size, { content }) => (content instanceof Uint8Array ? size + content.byteLength : size), 0);
}

/** A recursive schema follows a hostile depth until the stack ends, at once or in a promise. */
function failed(cause: unknown): unknown {
  return cause instanceof RangeError ? tooDeep(cause) : cause;
}

function takeInput(result: SchemaResult): unknown {
  if (result.issues === undefined) return result.value;
  throw invalidInput(result.issues);
}

/** The error for an input with such problems, of which it tells as many as an answer has room for. */
export function invalidInput(all: readonly BentoIssue[]): BentoError {
  const issues = told(all);
  const [first] = issues;
  const where = first === undefined ? "" : cut(first.path.join("."));
  const more = all.length - 1;
  const message = `The input is invalid: ${first?.message ?? "it does not satisfy the schema"}${where ? ` (at ${where})` : ""}${
    more > 0 ? `, and ${more} more` : ""
  }.`;
  return new BentoError("BENTO_INPUT_INVALID", message, { issues, hint: "GET /schema.json shows what each endpoint takes." });
}

function takeOutput(api: ApiSpec, result: SchemaResult): unknown {
  if (result.issues === undefined) return result.value;
  throw new BentoError("BENTO_OUTPUT_INVALID", `The endpoint ${JSON.stringify(api.name)} returned what its output schema forbids.`, {
    issues: told(result.issues),
    hint: "The service is at fault, not the request: its method and its output schema disagree.",
  });
}

/** So many of the issues, and so much of each, as an answer has room for. */
function told(issues: readonly BentoIssue[]): readonly BentoIssue[] {
  return issues.slice(0, mostIssues).map(({ path, message, code }) => ({
    path: path.map((key) => (typeof key === "string" ? cut(key) : key)),
    message: cut(message),
    code,
  }));
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
