import { BentoError } from "@bento/core";

/** Whether a text holds `*`, `?` or `[...]`, which no tag can. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

/**
 * What a pattern such as `iris-*` or `*:2024.*` fits: tags where it has a colon, else names.
 * `*` stands for any letters, `?` for one, `[ab]` for one of those and `[!ab]` for one that is none of those.
 * @throws BENTO_BAD_REQUEST for something like `[z-a]`
 */
export function patternTest(pattern: string): (tag: { readonly name: string; readonly version: string | undefined }) => boolean {
  const parts = pattern.toLowerCase().matchAll(/\*|\?|\[(!?)([^\]]+)\]|[^]/g);
  const source = [...parts].map(([part, negation, letters]) => partSource(part, negation, letters)).join("");
  const expression = compile(`^${source}$`, pattern);
  const isForTags = pattern.includes(":");
  return ({ name, version }) => expression.test(isForTags ? `${name}:${version ?? ""}` : name);
}

function compile(source: string, pattern: string): RegExp {
  try {
    return new RegExp(source);
  } catch (cause) {
    throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(pattern)} is no pattern.`, {
      cause,
      hint: "Use * for any letters, ? for one, [a-z] for one of those.",
    });
  }
}

function partSource(part: string, negation: string | undefined, letters: string | undefined): string {
  if (part === "*") return ".*";
  if (part === "?") return ".";
  if (letters !== undefined) return `[${negation === "!" ? "^" : ""}${letters.replaceAll(/[\\^[\]]/g, "\\$&")}]`;
  return part.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
