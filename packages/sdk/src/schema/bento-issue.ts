import type { BentoIssue, Schema } from "@bento/core";

/** The outcome of validating one value, as Standard Schema has it. */
export type StandardResult = Awaited<ReturnType<Schema["~standard"]["validate"]>>;
type StandardIssue = NonNullable<StandardResult["issues"]>[number];

/** Libraries say more of an issue than Standard Schema asks: zod and arktype give a `code`, valibot a `type`. */
export function bentoIssue(issue: StandardIssue): BentoIssue {
  const { code, type } = issue as { readonly code?: unknown; readonly type?: unknown };
  const named = typeof code === "string" ? code : type;
  return {
    path: Array.from(issue.path ?? [], pathKey),
    message: issue.message,
    code: typeof named === "string" ? named : "custom",
  };
}

function pathKey(segment: NonNullable<StandardIssue["path"]>[number]): string | number {
  const key: unknown = typeof segment === "object" ? segment.key : segment;
  return typeof key === "number" ? key : String(key);
}
