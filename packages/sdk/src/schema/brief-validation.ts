import type { StandardResult } from "./bento-issue.js";
import type { SchemaInternals } from "./library.js";

/** What zod 4 gives for a value; a version that knows no early end goes on to the last issue. */
type ZodResult =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: { readonly issues: NonNullable<StandardResult["issues"]> } };

interface ZodParsers {
  safeParse(value: unknown, context: object): ZodResult;
  safeParseAsync(value: unknown, context: object): Promise<ZodResult>;
}

const early = { abortEarly: true };

/** Judges a value up to its first problem. */
type BriefValidation = (value: unknown) => StandardResult | Promise<StandardResult>;

/** How a schema judges a value up to its first problem; `undefined` where its library has no such way. */
export function briefValidation(schema: SchemaInternals): BriefValidation | undefined {
  if (schema._zod === undefined || !("safeParse" in schema)) return undefined;
  const parsers = schema as SchemaInternals & ZodParsers;
  return (value) => {
    try {
      return standardResult(parsers.safeParse(value, early));
    } catch {
      // Part of it has to be waited for.
      return parsers.safeParseAsync(value, early).then(standardResult);
    }
  };
}

function standardResult(result: ZodResult): StandardResult {
  return result.success ? { value: result.data } : { issues: result.error.issues };
}
