import { BentoError, isTagPart, Tag } from "@bento/core";
import { randomBytes } from "node:crypto";
import type { Database } from "../database/database.js";
import type { Quotas } from "../limits/quotas.js";

/** What every room of the catalog needs. */
export interface CatalogContext {
  readonly database: Database;
  readonly quotas: Quotas;
  /** How long a push lives of which nothing is heard. */
  readonly pushTtlMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A time as it is kept: texts of the same length, which sort as the times do. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** Nobody can guess it, and those made later sort after those made before. */
export function newUid(ms: number): string {
  return ms.toString(16).padStart(12, "0") + randomBytes(10).toString("hex");
}

/** @throws BENTO_TAG_INVALID for what cannot stand as name and version of a tag as it is; callers lower what users wrote */
export function checkTag(name: string, version?: string): void {
  if (isTagPart(name) && (version === undefined || isTagPart(version))) return;
  const tag = new Tag(name, version);
  throw new BentoError(
    "BENTO_TAG_INVALID",
    `Here a tag has small letters alone, unlike ${JSON.stringify(name)}, ${JSON.stringify(version)}.`,
    {
      hint: `Write ${JSON.stringify(tag.toString())}.`,
    },
  );
}

/** @throws BENTO_BAD_REQUEST for text with a NUL, which PostgreSQL cannot keep */
export function checkText(text: string, what: string): string {
  if (!text.includes("\0")) return text;
  throw new BentoError("BENTO_BAD_REQUEST", `The ${what} ${JSON.stringify(text.slice(0, 100))} holds a NUL character.`, {
    hint: "Leave it out.",
  });
}
