import { isDeepStrictEqual } from "node:util";
import { BentoError, Tag } from "@bento/core";
import type { Scalar } from "yaml";
import { dumpPyYaml } from "../pyyaml/dump.js";
import { maxAnyLength, parsePyYaml } from "../pyyaml/parse.js";

/** The parts of a tag that are to be others. */
export interface TagChange {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

/**
 * The text of a `model.yaml` with another name or version: the characters of these two values change, no other does.
 * Comments, order, quotes, unknown keys and line ends stay as they are.
 * @throws BENTO_TAG_INVALID when no tag can have the new values
 * @throws BENTO_MODEL_INVALID when the old ones cannot be found or changed without changing something else
 */
export async function retagModelYaml(text: string, wanted: TagChange): Promise<string> {
  const change = checked(wanted);
  if (text.length > maxAnyLength) throw cannotChange("it is too long");
  const { parseDocument, isMap, isScalar } = await import("yaml");
  const document = parseDocument(text, { schema: "failsafe", version: "1.1", merge: false, uniqueKeys: false, logLevel: "silent" });
  if (document.errors.length > 0 || !isMap(document.contents)) throw cannotChange("it cannot be read");
  const { items } = document.contents;
  const edits = (["name", "version"] as const).flatMap((key) => {
    const value = change[key];
    if (value === undefined) return [];
    const pairs = items.filter((pair) => isScalar(pair.key) && pair.key.value === key);
    const node = pairs[0]?.value;
    if (pairs.length !== 1 || !isScalar(node)) throw cannotChange(`it does not say its ${key} once and plainly`);
    return [editOf(text, node, value)];
  });
  const result = edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((edited, { start, end, replacement }) => edited.slice(0, start) + replacement + edited.slice(end), text);
  prove(text, result, change);
  return result;
}

/** The parts as a tag has them, in lower case. */
function checked({ name, version }: TagChange): TagChange {
  return {
    name: name === undefined ? undefined : new Tag(name).name,
    version: version === undefined ? undefined : new Tag("any", version).version,
  };
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Keeps the quotes that are there; a plain value gets some where it needs them. */
function editOf(text: string, { range, type }: Scalar, value: string): Edit {
  if (!range) throw cannotChange("it cannot be read");
  const [start, end] = range;
  if (type === "QUOTE_DOUBLE") return { start, end, replacement: JSON.stringify(value) };
  if (type === "QUOTE_SINGLE") return { start, end, replacement: `'${value}'` };
  if (type !== "PLAIN") throw cannotChange("a value of it stands on lines of its own");
  const plain = dumpPyYaml({ value }).slice("value: ".length).trimEnd();
  // An empty value stands right behind its colon.
  const gap = start === end && text.slice(0, start).endsWith(":") ? " " : "";
  return { start, end, replacement: gap + plain };
}

/** Reads both texts again: exactly these values may differ, whatever the YAML around them did. */
function prove(before: string, after: string, change: TagChange): void {
  const wanted = Object.entries(change).filter(([, value]) => value !== undefined);
  const [old, changed] = [before, after].map((text) => parsePyYaml(text)) as [unknown, unknown];
  if (isPlain(old) && isPlain(changed) && isDeepStrictEqual({ ...old, ...Object.fromEntries(wanted) }, changed)) return;
  throw cannotChange("something else in it depends on them");
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

function cannotChange(why: string): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", `The name and version in "model.yaml" cannot be changed: ${why}.`, {
    hint: "Import it under its own tag, or change the file by hand.",
  });
}
