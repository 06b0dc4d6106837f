import { BentoError } from "@bento/core";

/** What an option has to be, in words and as a test. */
type Rule = readonly [what: string, isFine: (value: unknown) => boolean, isSecret?: boolean];

const text = ["text", (value: unknown): boolean => typeof value === "string"] as const;
const flag: Rule = ["true or false", (value) => typeof value === "boolean"];
const callback: Rule = ["a function", (value) => typeof value === "function"];
const store: Rule = [
  "a store",
  (value) => isObject(value) && typeof value["importDraft"] === "function" && typeof value["get"] === "function",
];

/** Options of exports and imports whose misuse nothing else would tell: an option means the same in all of them. */
const rules: Readonly<Record<string, Rule>> = {
  store,
  models: store,
  signal: ["an AbortSignal", (value) => value instanceof AbortSignal],
  existing: ['"error", "skip" or "replace"', (value) => value === "error" || value === "skip" || value === "replace"],
  acceptChanges: flag,
  withModels: flag,
  onWarning: callback,
  onArchive: callback,
  onModel: callback,
  names: ["a list of names or tags", (value) => Array.isArray(value) && value.every((name) => typeof name === "string")],
  limits: ["an object of limits", (value) => isObject(value) && !Array.isArray(value)],
  protocol: text,
  subpath: text,
  user: text,
  password: [...text, true],
  params: ["an object of texts", isTexts, true],
  untrusted: flag,
};

/**
 * Checks what callers without a type checker give for options.
 * @throws BENTO_BAD_REQUEST quoting an option that cannot be
 */
export function checkGiven(options: object): void {
  if (!isObject(options) || Array.isArray(options)) {
    throw new BentoError("BENTO_BAD_REQUEST", `The options are ${described(options)}, not an object.`, {
      hint: "Leave them out for the defaults.",
    });
  }
  for (const [name, [what, isFine, isSecret = false]] of Object.entries(rules)) {
    const value = options[name];
    if (value === undefined || isFine(value)) continue;
    throw new BentoError("BENTO_BAD_REQUEST", `${name}: ${isSecret ? "what is given" : described(value)} is not ${what}.`, {
      hint: "Leave it out for the default.",
    });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isTexts(value: unknown): boolean {
  return isObject(value) && !Array.isArray(value) && Object.values(value).every((one) => typeof one === "string");
}

function described(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : typeof value === "function" ? "a function" : String(value);
}
