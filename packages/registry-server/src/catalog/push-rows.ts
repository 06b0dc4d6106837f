import { BentoError } from "@bento/core";
import type { Queries } from "../database/database.js";
import type { ItemKind, VersionAbout } from "./catalog.js";
import type { Push, Replaces } from "./push-catalog.js";

/** A row of `pushes`. */
export interface PushRow {
  readonly id: string;
  readonly kind: ItemKind;
  readonly name: string;
  readonly version: string;
  readonly replaces: Replaces;
  readonly pushed_by: string;
  readonly about: string | null;
  readonly content_digest: string | null;
  readonly base_digest: string | null;
  readonly upload: string | null;
  readonly reserved_bytes: number;
  readonly created_at: string;
  readonly expires_at: string;
  readonly published_at: string | null;
}

export function pushOf(row: PushRow): Push {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    version: row.version,
    replaces: row.replaces,
    by: row.pushed_by,
    about: row.about === null ? null : (JSON.parse(row.about) as VersionAbout),
    contentDigest: row.content_digest,
    baseDigest: row.base_digest,
    upload: row.upload,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/** A push that lives: neither published nor expired. */
export async function findPush(queries: Queries, id: string, at: string): Promise<PushRow | undefined> {
  return await queries.get<PushRow>("SELECT * FROM pushes WHERE id = ? AND expires_at > ? AND published_at IS NULL", id, at);
}

export function noSuchPush(id: string): BentoError {
  return new BentoError(
    "BENTO_NOT_FOUND",
    `No push ${JSON.stringify(id.slice(0, 100))} is under way: it was published, given up, or has expired.`,
    {
      hint: "Begin it again; parts that have arrived are not sent twice.",
    },
  );
}
