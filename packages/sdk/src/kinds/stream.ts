import { BentoError, BentoFile, type BentoIssue } from "@bento/core";
import * as z from "zod/v4";
import { bentoIssue } from "../schema/bento-issue.js";
import type { FileInput } from "./file-input.js";
import { makeKind, valid, wrong } from "./kind.js";
import { show } from "./show.js";

/**
 * A stream of values as the whole input: callers send them one by one, each a line of JSON, and the method gets them as they
 * come. A value that does not fit its schema ends the stream with BENTO_INPUT_INVALID, where the method reads it; so does a
 * line that is no JSON. Nothing is kept of it, and it comes no faster than the method takes it.
 *
 * ```ts
 * @api({ input: jsonLines(z.object({ text: z.string() })), output: z.number() })
 * async count(lines: Args<typeof Lines>) { let n = 0; for await (const { text } of lines) n += text.length; return n; }
 * ```
 */
export function jsonLines<T extends z.core.$ZodType>(
  item: T,
): z.ZodType<AsyncIterable<z.output<T>>, AsyncIterable<z.input<T>> | readonly z.input<T>[]> {
  return makeKind({
    document: { "x-bento-stream": true },
    like: z.array(item),
    read: (value) => {
      if (isAsyncIterable(value) || Array.isArray(value)) return valid(checkedItems(item, value));
      return wrong("invalid_type", `Expected a stream of values, got ${show(value)}`);
    },
  });
}

/** A stream of bytes as the whole input: the method gets them as they come, and nothing keeps them. */
export function byteStream(): z.ZodType<AsyncIterable<Uint8Array>, AsyncIterable<Uint8Array> | FileInput> {
  return makeKind<AsyncIterable<Uint8Array>, AsyncIterable<Uint8Array> | FileInput>({
    document: { type: "file", format: "binary", "x-bento-stream": true },
    read: (value) => {
      if (isAsyncIterable(value)) return valid(value as AsyncIterable<Uint8Array>);
      try {
        return valid(BentoFile.from(value as FileInput).stream());
      } catch (error) {
        if (!BentoError.is(error)) throw error;
        return wrong("invalid_type", `Expected a stream of bytes, got ${show(value)}`);
      }
    },
  });
}

async function* checkedItems<T extends z.core.$ZodType>(
  item: T,
  values: AsyncIterable<unknown> | readonly unknown[],
): AsyncGenerator<z.output<T>, void, undefined> {
  let at = 0;
  for await (const value of values) {
    const judged = unlessTooDeep(at, () => item["~standard"].validate(value));
    // Most are judged at once, and each wait costs as much as a small item.
    const result = judged instanceof Promise ? await judged : judged;
    if (result.issues !== undefined) throw badItem(at, result.issues.map(bentoIssue));
    yield result.value;
    at += 1;
  }
}

/** A recursive schema follows a hostile depth until the stack ends, at once or in a promise. */
function unlessTooDeep<R>(at: number, judge: () => R | Promise<R>): R | Promise<R> {
  const failed = (cause: unknown): never => {
    if (cause instanceof RangeError) throw badItem(at, [{ path: [], message: "it is nested too deeply", code: "too_deep" }]);
    throw cause;
  };
  try {
    const result = judge();
    return result instanceof Promise ? result.catch(failed) : result;
  } catch (cause) {
    return failed(cause);
  }
}

function badItem(at: number, issues: readonly BentoIssue[]): BentoError {
  const why = issues[0]?.message ?? "it does not satisfy its schema";
  return new BentoError("BENTO_INPUT_INVALID", `Item ${at} of the stream is invalid: ${why}.`, {
    // Enough to see what is wrong: an item may have as many problems as it has bytes.
    issues: issues.slice(0, mostIssues).map((issue) => ({ ...issue, path: [at, ...issue.path] })),
  });
}

/** Issues that are told of one item. */
const mostIssues = 100;

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
