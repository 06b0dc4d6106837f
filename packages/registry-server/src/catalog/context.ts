import { BentoError, isTagPart, Tag } from "@bento/core";
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
