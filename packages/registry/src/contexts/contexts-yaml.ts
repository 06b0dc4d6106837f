import { parse, stringify } from "yaml";
import { z } from "zod";
import { defaultContext } from "./context.js";

/** What stands for nothing where a text was expected: the file is read without types, so that a token is never taken for a number. */
const nothing = z.enum(["", "null", "~"]).transform(() => undefined);

const storedContext = z.object({
  name: z.string(),
  endpoint: z.string(),
  api_token: z.string(),
  email: nothing.or(z.string()).optional(),
});

const storedContexts = z.object({
  contexts: nothing
    .or(z.array(storedContext))
    .optional()
    .transform((value) => value ?? []),
  current_context_name: nothing
    .or(z.string())
    .optional()
    .transform((value) => value ?? defaultContext),
});

/** One context as the file has it. */
export type StoredContext = z.infer<typeof storedContext>;

/** All that the file has. */
export type StoredContexts = z.infer<typeof storedContexts>;

/** Reads the text of the file, whoever wrote it. @throws an Error that says in a few words what is wrong */
export function parseContexts(text: string): StoredContexts {
  const value = read(text);
  // Python makes an empty file first.
  const parsed = storedContexts.safeParse(value === "" || value === null ? {} : value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${issue?.path.join(".") || "all of it"}: ${issue?.message ?? "unknown"}`);
}

/** The text of the file. Every text stands in quotes: no reader of YAML takes a token for a number then. */
export function formatContexts({ contexts, current_context_name }: StoredContexts): string {
  const entries = contexts.map((each) => ({ ...each, email: each.email ?? null }));
  const options = { sortMapEntries: true, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 } as const;
  return stringify({ contexts: entries, current_context_name }, options);
}

function read(text: string): unknown {
  try {
    return parse(text, { schema: "failsafe", maxAliasCount: 0 });
  } catch (cause) {
    throw new Error("it is no YAML", { cause });
  }
}
