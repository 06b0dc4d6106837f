import type { CatalogContext } from "./context.js";
import type { ExpiredPush } from "./part-catalog.js";
import type { PartCollection } from "./parts.js";
import { timeText } from "../database/row-values.js";

const batch = 1000;

/** No part may be held any more that nobody refers to. */
const unused = `NOT EXISTS (SELECT 1 FROM content_parts WHERE content_parts.sha256 = parts.sha256)
  AND NOT EXISTS (SELECT 1 FROM push_parts WHERE push_parts.sha256 = parts.sha256)`;

/** What nobody needs any more: every step looks, and takes, in one transaction, so that nobody can come to need it in between. */
export function partCollection({ database, now }: CatalogContext): PartCollection {
  async function condemnPage(
    after: string,
    before: string,
  ): Promise<{ readonly last: string; readonly condemned: readonly string[] } | undefined> {
    return await database.transaction(async (queries) => {
      const page = "SELECT sha256 FROM parts WHERE sha256 > ? ORDER BY sha256 LIMIT ?";
      const last = (await queries.get<{ last: string | null }>(`SELECT MAX(sha256) AS last FROM (${page}) AS page`, after, batch))?.last;
      if (last === null || last === undefined) return undefined;
      const inPage = "sha256 > ? AND sha256 <= ?";
      await queries.run(
        `UPDATE parts SET condemned = 1 WHERE ${inPage} AND condemned = 0 AND stored_at < ? AND ${unused}`,
        after,
        last,
        before,
      );
      const rows = await queries.all<{ sha256: string }>(
        `SELECT sha256 FROM parts WHERE ${inPage} AND condemned = 1 ORDER BY sha256`,
        after,
        last,
      );
      return { last, condemned: rows.map(({ sha256 }) => sha256) };
    });
  }

  return {
    async expirePushes() {
      return await database.transaction(async (queries) => {
        const at = timeText(now());
        const rows = await queries.all<ExpiredPush & { readonly published_at: string | null }>(
          "SELECT id, kind, name, version, upload, published_at FROM pushes WHERE expires_at <= ?",
          at,
        );
        const unfinished = rows.filter(({ published_at }) => published_at === null);
        await queries.run("DELETE FROM pushes WHERE expires_at <= ?", at);
        for (const { kind, name, version } of unfinished) {
          await queries.run(
            `UPDATE versions SET upload_status = 'failed', upload_finished_reason = 'the upload has expired', upload_finished_at = ?,
               upload_id = NULL, updated_at = ?
             WHERE kind = ? AND name = ? AND version = ? AND upload_status = 'uploading' AND content_digest IS NULL
               AND NOT EXISTS (SELECT 1 FROM pushes WHERE pushes.kind = versions.kind AND pushes.name = versions.name
                 AND pushes.version = versions.version AND pushes.published_at IS NULL)`,
            at,
            at,
            kind,
            name,
            version,
          );
        }
        return unfinished.map(({ id, kind, name, version, upload }) => ({ id, kind, name, version, upload }));
      });
    },

    async sweepContents() {
      return await database.transaction((queries) =>
        queries.run(
          `DELETE FROM contents WHERE NOT EXISTS (SELECT 1 FROM versions WHERE versions.content_digest = contents.digest)
             AND NOT EXISTS (SELECT 1 FROM pushes WHERE pushes.content_digest = contents.digest)`,
        ),
      );
    },

    async *condemnParts(before) {
      for (let after = ""; ;) {
        const page = await condemnPage(after, before);
        if (page === undefined) return;
        if (page.condemned.length > 0) yield page.condemned;
        after = page.last;
      }
    },

    async condemnUnknown(sha256s) {
      return await database.transaction(async (queries) => {
        const condemned: string[] = [];
        for (const sha256 of sha256s) {
          const needed = await queries.get(
            "SELECT sha256 FROM content_parts WHERE sha256 = ? UNION ALL SELECT sha256 FROM push_parts WHERE sha256 = ? LIMIT 1",
            sha256,
            sha256,
          );
          if (needed !== undefined) continue;
          const insert = "INSERT INTO parts (sha256, size, stored_at, condemned) VALUES (?, 0, ?, 1) ON CONFLICT (sha256) DO NOTHING";
          if ((await queries.run(insert, sha256, timeText(now()))) > 0) condemned.push(sha256);
        }
        return condemned;
      });
    },

    async forgetParts(sha256s) {
      await database.transaction(async (queries) => {
        for (const sha256 of sha256s) await queries.run("DELETE FROM parts WHERE sha256 = ? AND condemned = 1", sha256);
      });
    },
  };
}
