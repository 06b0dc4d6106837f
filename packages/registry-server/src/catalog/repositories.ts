import type { ItemKind, Repository, RepositoryCatalog } from "./catalog.js";
import { type CatalogContext, checkTag } from "./context.js";
import { ensureRepository, findVersion, versionOf, type VersionRow } from "./version-rows.js";
import { likePattern, window } from "../database/list-window.js";
import { newUid, timeText } from "../database/row-values.js";

interface RepositoryRow {
  readonly uid: string;
  readonly kind: ItemKind;
  readonly name: string;
  readonly description: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Names, each with the newest of its versions. */
export function repositoryCatalog({ database, now }: CatalogContext): RepositoryCatalog {
  async function repository(kind: ItemKind, name: string): Promise<Repository | undefined> {
    checkTag(name);
    const row = await database.get<RepositoryRow>("SELECT * FROM repositories WHERE kind = ? AND name = ?", kind, name);
    return row && repositoryOf(row, await findVersion(database, kind, name, "latest"));
  }

  return {
    repository,

    async createRepository(kind, name, description = "") {
      checkTag(name);
      const at = now();
      for (;;) {
        await ensureRepository(database, kind, name, { uid: newUid(at), at: timeText(at), description });
        // Somebody may have deleted it in between.
        const made = await repository(kind, name);
        if (made !== undefined) return made;
      }
    },

    async repositories(kind, query = {}) {
      const { start, count } = window(query);
      const filter =
        query.search === undefined || query.search === "" ? "" : "AND (name LIKE ? ESCAPE '!' OR LOWER(description) LIKE ? ESCAPE '!')";
      const pattern = likePattern(query.search ?? "");
      const values = filter === "" ? [kind] : [kind, pattern, pattern];
      const page = `SELECT * FROM repositories WHERE kind = ? ${filter} ORDER BY name LIMIT ? OFFSET ?`;
      const rows = await database.all<RepositoryRow>(page, ...values, count, start);
      // One question for all of them: what is newest is looked up once for each name, by its index.
      const latest = await database.all<VersionRow>(
        `SELECT versions.* FROM (${page}) AS page JOIN versions ON versions.uid = (
           SELECT uid FROM versions AS newest WHERE newest.kind = page.kind AND newest.name = page.name AND newest.upload_status = 'success'
           ORDER BY newest.build_at DESC, newest.uid DESC LIMIT 1)`,
        ...values,
        count,
        start,
      );
      const latestOf = new Map(latest.map((row) => [row.name, row]));
      const total = await database.get<{ total: number }>(`SELECT COUNT(*) AS total FROM repositories WHERE kind = ? ${filter}`, ...values);
      return { start, count: rows.length, total: total?.total ?? 0, items: rows.map((row) => repositoryOf(row, latestOf.get(row.name))) };
    },

    async deleteRepository(kind, name) {
      checkTag(name);
      return (await database.run("DELETE FROM repositories WHERE kind = ? AND name = ?", kind, name)) > 0;
    },
  };
}

function repositoryOf(row: RepositoryRow, latest: VersionRow | undefined): Repository {
  return {
    uid: row.uid,
    kind: row.kind,
    name: row.name,
    description: row.description,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    latest: latest === undefined ? null : versionOf(latest),
  };
}
