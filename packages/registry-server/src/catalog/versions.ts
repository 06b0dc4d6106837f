import { BentoError } from "@bento/core";
import type { Queries } from "../database/database.js";
import type { ItemKind, UploadChange, Version, VersionCatalog } from "./catalog.js";
import { type CatalogContext, checkTag } from "./context.js";
import { totalOf } from "./total.js";
import { versionFilter } from "./version-filter.js";
import {
  checkedAbout,
  ensureRepository,
  findVersion,
  insertVersion,
  mergedAbout,
  versionOf,
  type VersionRow,
  writeAbout,
} from "./version-rows.js";
import { window } from "../database/list-window.js";
import { checkText, newUid, timeText } from "../database/row-values.js";

/** Versions: what is said of them and how far they are; their bytes come by pushes. */
export function versionCatalog({ database, now }: CatalogContext): VersionCatalog {
  /** Changes a version that is there, and answers what it is afterwards. */
  async function change(
    tag: readonly [ItemKind, string, string],
    work: (queries: Queries, row: VersionRow) => Promise<void>,
  ): Promise<Version | undefined> {
    checkTag(tag[1], tag[2]);
    return await database.transaction(async (queries) => {
      const before = await findVersion(queries, ...tag);
      if (before === undefined) return undefined;
      await work(queries, before);
      const after = await queries.get<VersionRow>("SELECT * FROM versions WHERE uid = ?", before.uid);
      return after && versionOf(after);
    });
  }

  return {
    async createVersion(kind, name, version, about) {
      checkNewTag(name, version);
      const said = checkedAbout(about);
      return await database.transaction(async (queries) => {
        const at = now();
        const before = await findVersion(queries, kind, name, version);
        if (before === undefined) {
          await ensureRepository(queries, kind, name, { uid: newUid(at), at: timeText(at), description: "" });
          await insertVersion(queries, { kind, name, version }, said, { uid: newUid(at), at: timeText(at) });
        } else if (before.content_digest === null) {
          await writeAbout(queries, before.uid, said, timeText(at));
        }
        const after = await findVersion(queries, kind, name, version);
        if (after === undefined) throw new Error(`${name}:${version} is gone inside of the transaction that made it`);
        return { version: versionOf(after), created: before === undefined };
      });
    },

    async version(kind, name, version) {
      checkTag(name, version);
      const row = await findVersion(database, kind, name, version);
      return row && versionOf(row);
    },

    async versions(kind, query = {}) {
      const { start, count } = window(query);
      const filter = versionFilter(kind, query);
      // Who searches looks at all that there is: it is counted on the way.
      const isSearch = [query.search, query.q].some((text = "") => text !== "");
      // Whole rows are read of the page alone: what is skipped before it, the indexes know.
      const rows = await database.all<VersionRow & { readonly total: number | null }>(
        `SELECT versions.*, page.total FROM (
           SELECT uid, ${isSearch ? "COUNT(*) OVER ()" : "NULL"} AS total FROM versions WHERE ${filter.sql}
           ORDER BY build_at DESC, uid DESC LIMIT ? OFFSET ?) AS page JOIN versions ON versions.uid = page.uid`,
        ...filter.values,
        count,
        start,
      );
      const total = rows[0]?.total ?? (await totalOf(database, "versions", filter, { start, count, found: rows.length }));
      return { start, count: rows.length, total, items: rows.toSorted(newestFirst).map(versionOf) };
    },

    updateVersion: async (kind, name, version, about) =>
      await change([kind, name, version], async (queries, row) => {
        const said = checkedAbout(mergedAbout(versionOf(row), about));
        await writeAbout(queries, row.uid, said, timeText(now()));
      }),

    updateUpload: async (kind, name, version, news) =>
      await change([kind, name, version], async (queries, row) => {
        const after = uploadAfter(row, news, timeText(now()));
        await queries.run(
          `UPDATE versions SET upload_status = ?, upload_finished_reason = ?, upload_started_at = ?, upload_finished_at = ?, upload_id = ?,
             transmission_strategy = ?, updated_at = ? WHERE uid = ?`,
          after.upload_status,
          checkText(after.upload_finished_reason, "reason"),
          after.upload_started_at,
          after.upload_finished_at,
          after.upload_id,
          after.transmission_strategy,
          after.updated_at,
          row.uid,
        );
      }),

    async deleteVersion(kind, name, version) {
      checkTag(name, version);
      return (await database.run("DELETE FROM versions WHERE kind = ? AND name = ? AND version = ?", kind, name, version)) > 0;
    },
  };
}

/** @throws BENTO_TAG_INVALID for a tag that nothing can have: `latest` is what the newest is called */
export function checkNewTag(name: string, version: string): void {
  checkTag(name, version);
  if (version !== "latest") return;
  throw new BentoError("BENTO_TAG_INVALID", `No version can be called "latest", as ${JSON.stringify(`${name}:latest`)} would be.`, {
    hint: "Give the version another name; the newest one is the latest by itself.",
  });
}

/** A join keeps no order. */
function newestFirst(a: VersionRow, b: VersionRow): number {
  const [one, other] = a.build_at === b.build_at ? [a.uid, b.uid] : [a.build_at, b.build_at];
  return one < other ? 1 : -1;
}

function uploadAfter(row: VersionRow, news: UploadChange, at: string): VersionRow {
  // Readers keep what they have: other bytes on their way change nothing for them.
  const status = row.content_digest === null ? (news.uploadStatus ?? row.upload_status) : row.upload_status;
  const ended = news.uploadStatus === "success" || news.uploadStatus === "failed";
  return {
    ...row,
    upload_status: status,
    upload_finished_reason: news.uploadFinishedReason ?? row.upload_finished_reason,
    upload_started_at: news.uploadStatus === "uploading" ? at : row.upload_started_at,
    upload_finished_at: ended ? at : row.upload_finished_at,
    upload_id: news.uploadId === undefined ? row.upload_id : news.uploadId,
    transmission_strategy: news.transmissionStrategy === undefined ? row.transmission_strategy : news.transmissionStrategy,
    updated_at: at,
  };
}
