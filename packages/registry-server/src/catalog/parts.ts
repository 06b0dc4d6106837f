import { BentoError } from "@bento/core";
import type { ContentDocument } from "@bento/registry/wire";
import type { Queries } from "../database/database.js";
import { type CatalogContext, checkTag } from "./context.js";
import type { PartCatalog, PublishedContent } from "./part-catalog.js";
import { findPush, noSuchPush, type PushRow } from "./push-rows.js";
import { storedBytesOf } from "./room.js";
import { findVersion } from "./version-rows.js";
import { timeText } from "../database/row-values.js";

/** A push's end is put off at most so often: writing it with every part would make the parts wait for each other. */
const touchEveryMs = 60_000;

/** Which parts there are, for those who send and read them. */
export function partCatalog({ database, now, quotas, pushTtlMs }: CatalogContext): Omit<PartCatalog, keyof PartCollection> {
  async function touch(push: PushRow): Promise<void> {
    const end = now() + pushTtlMs;
    if (Date.parse(push.expires_at) > end - Math.min(touchEveryMs, pushTtlMs / 2)) return;
    await database.run("UPDATE pushes SET expires_at = ? WHERE id = ? AND expires_at < ?", timeText(end), push.id, timeText(end));
  }

  return {
    async content(kind, name, version) {
      checkTag(name, version);
      return await database.transaction(async (queries): Promise<PublishedContent | undefined> => {
        const row = await findVersion(queries, kind, name, version);
        if (row === undefined || row.content_digest === null) return undefined;
        const kept = await queries.get<{ document: string }>("SELECT document FROM contents WHERE digest = ?", row.content_digest);
        return kept && { name, version: row.version, content: JSON.parse(kept.document) as ContentDocument, digest: row.content_digest };
      });
    },

    async storedPart(sha256) {
      return (await database.get<{ size: number }>("SELECT size FROM parts WHERE sha256 = ? AND condemned = 0", sha256))?.size;
    },

    async isPublished(sha256) {
      const row = await database.get(
        `SELECT versions.uid FROM content_parts JOIN versions ON versions.content_digest = content_parts.content_digest
         WHERE content_parts.sha256 = ? LIMIT 1`,
        sha256,
      );
      return row !== undefined;
    },

    async holdPart(id, sha256) {
      const { push, ...held } = await database.transaction(async (queries) => {
        const found = await findPush(queries, id, timeText(now()));
        if (found === undefined) throw noSuchPush(id);
        return { push: found, ...(await hold(queries, found, sha256)) };
      });
      await touch(push);
      return held;
    },

    async addPart(id, sha256, size) {
      // A part that is there and that nobody knows of is sent again, or collected.
      const added = await database.runSoon(
        "INSERT INTO parts (sha256, size, stored_at, condemned) VALUES (?, ?, ?, 0) ON CONFLICT (sha256) DO NOTHING",
        sha256,
        size,
        timeText(now()),
      );
      // What was promised has come. Only who counts bytes needs that, and every write of a push's row makes its other parts wait.
      if (added === 0 || quotas.totalBytes === undefined) return;
      await database.run(
        "UPDATE pushes SET reserved_bytes = CASE WHEN reserved_bytes > ? THEN reserved_bytes - ? ELSE 0 END WHERE id = ?",
        size,
        size,
        id,
      );
    },

    storedBytes: async () => await storedBytesOf(database),
  };
}

/** Parts of the {@link PartCatalog} that collection alone needs. */
export type PartCollection = Pick<PartCatalog, "expirePushes" | "sweepContents" | "condemnParts" | "condemnUnknown" | "forgetParts">;

async function hold(
  queries: Queries,
  push: PushRow,
  sha256: string,
): Promise<{ readonly stored: boolean; readonly size: number | undefined }> {
  const size = push.content_digest === null ? undefined : await sizeInContent(queries, push, push.content_digest, sha256);
  if (push.content_digest === null) {
    await queries.run("INSERT INTO push_parts (push_id, sha256) VALUES (?, ?) ON CONFLICT (push_id, sha256) DO NOTHING", push.id, sha256);
  }
  const part = await queries.get<{ condemned: number }>("SELECT condemned FROM parts WHERE sha256 = ?", sha256);
  if (part?.condemned === 1) {
    throw new BentoError("BENTO_UNAVAILABLE", `Part ${sha256} is just being removed.`, {
      hint: "Send it again after a pause.",
      retryAfterMs: 1000,
    });
  }
  return { stored: part !== undefined, size };
}

async function sizeInContent(queries: Queries, push: PushRow, digest: string, sha256: string): Promise<number> {
  const row = await queries.get<{ size: number }>("SELECT size FROM content_parts WHERE content_digest = ? AND sha256 = ?", digest, sha256);
  if (row !== undefined) return row.size;
  throw new BentoError("BENTO_CONFLICT", `Part ${JSON.stringify(sha256.slice(0, 100))} is none of push ${JSON.stringify(push.id)}.`, {
    hint: "Send the parts that the content of the push names.",
  });
}
