import type { JsonSchema } from "@bento/core";

import { isBytes } from "../bodies/is-bytes.js";

/** What a value may be that JSON has no form for. */
export type Kind = "file" | "tensor" | "dataframe" | "bytes";

const types: ReadonlySet<unknown> = new Set(["file", "tensor", "dataframe"]);

/** The kinds of which a schema speaks, anywhere in it. */
export function kindsIn(schema: JsonSchema): ReadonlySet<Kind> {
  const kinds = new Set<Kind>();
  const open: unknown[] = [schema];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    const { type } = next as JsonSchema;
    if (types.has(type)) kinds.add(type as Kind);
    if (isBytes(next as JsonSchema)) kinds.add("bytes");
    open.push(...Object.values(next));
  }
  return kinds;
}
