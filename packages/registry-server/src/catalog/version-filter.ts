import { BentoError } from "@bento/core";
import type { SqlValue } from "../database/database.js";
import type { ItemKind, VersionQuery } from "./catalog.js";
import { checkTag } from "./context.js";
import { likePattern } from "../database/list-window.js";
import { checkText } from "../database/row-values.js";

/** A condition on rows of `versions`, and the values of its placeholders. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/**
 * Which versions a query asks for.
 * @throws BENTO_BAD_REQUEST for a `q` that cannot be read
 */
export function versionFilter(kind: ItemKind, { name, search, q, unfinished }: VersionQuery): Condition {
  if (name !== undefined) checkTag(name);
  return joined([
    { sql: "kind = ?", values: [kind] },
    ...(name === undefined ? [] : [{ sql: "name = ?", values: [name] }]),
    ...(unfinished === true ? [] : [{ sql: "upload_status = 'success'", values: [] }]),
    ...(search === undefined || search === "" ? [] : [holdsWord(search)]),
    ...terms(q ?? ""),
  ]);
}

/** `label:stage=dev,team=a -label:old module:onnx word`, where all must hold. */
function terms(q: string): readonly Condition[] {
  const words = checkText(q, "query")
    .split(/\s+/)
    .filter((word) => word !== "");
  return words.flatMap((word) => {
    const colon = word.indexOf(":");
    if (colon === -1) return [holdsWord(word)];
    const key = word.slice(0, colon);
    const values = word
      .slice(colon + 1)
      .split(",")
      .filter((value) => value !== "");
    if (values.length > 0 && key === "label") return values.map(hasLabel);
    if (values.length > 0 && key === "-label") return values.map((value) => negated(hasLabel(value)));
    if (values.length > 0 && key === "module") return values.map((value) => ({ sql: "module = ?", values: [value] }));
    throw new BentoError("BENTO_BAD_REQUEST", `The query term ${JSON.stringify(word.slice(0, 100))} means nothing here.`, {
      hint: 'Write "label:key=value", "label:key", "-label:key=value", "module:name", or a word.',
    });
  });
}

function hasLabel(text: string): Condition {
  const equals = text.indexOf("=");
  const [key, value] = equals === -1 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
  // Those that have it are looked up once, by their own index. Without "IS TRUE" it is a join to PostgreSQL, which takes a thousand times
  // as long where it guesses wrong how many versions have a label, as after many came at once.
  const has = "(uid IN (SELECT version_uid FROM version_labels WHERE label_key = ?";
  return value === undefined
    ? { sql: `${has})) IS TRUE`, values: [key] }
    : { sql: `${has} AND label_value = ?)) IS TRUE`, values: [key, value] };
}

function negated({ sql, values }: Condition): Condition {
  return { sql: `NOT (${sql})`, values };
}

function holdsWord(word: string): Condition {
  return { sql: `(uid IN (SELECT version_uid FROM version_words WHERE words LIKE ? ESCAPE '!')) IS TRUE`, values: [likePattern(word)] };
}

function joined(conditions: readonly Condition[]): Condition {
  return { sql: conditions.map(({ sql }) => sql).join(" AND "), values: conditions.flatMap(({ values }) => values) };
}
