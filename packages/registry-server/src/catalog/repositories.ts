import type { ItemKind, ListQuery, Repository, RepositoryCatalog } from "./catalog.js";
import { type CatalogContext, checkTag } from "./context.js";
import { totalOf } from "./total.js";
import type { Condition } from "./version-filter.js";
import { ensureRepository, findVersion, versionOf, type VersionRow } from "./version-rows.js";
import type { SqlValue } from "../database/database.js";
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

/** So many are looked up together; fewer are filled up with the first, so that the statement is always the same. */
const namesAtOnce = 100;
const placeholders = Array.from({ length: namesAtOnce }, () => "?").join(", ");

/** Names, each with the newest of its versions. */
export function repositoryCatalog({ database, now }: CatalogContext): RepositoryCatalog {
  async function repository(kind: ItemKind, name: string): Promise<Repository | undefined> {
    checkTag(name);
    const row = await database.get<RepositoryRow>("SELECT * FROM repositories WHERE kind = ? AND name = ?", kind, name);
    return row && repositoryOf(row, await findVersion(database, kind, name, "latest"));
  }

  /** Two questions for all of them: what is newest is looked up once for each name, by its index. */
  async function withLatest(page: string, values: readonly SqlValue[]): Promise<readonly Repository[]> {
    const rows = await database.all<RepositoryRow>(page, ...values);
    const latest = await database.all<VersionRow>(
      `SELECT versions.* FROM (${page}) AS page JOIN versions ON versions.uid = (
         SELECT uid FROM versions AS newest WHERE newest.kind = page.kind AND newest.name = page.name AND newest.upload_status = 'success'
         ORDER BY newest.build_at DESC, newest.uid DESC LIMIT 1)`,
      ...values,
    );
    const latestOf = new Map(latest.map((row) => [row.name, row]));
    return rows.map((row) => repositoryOf(row, latestOf.get(row.name)));
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
      const filter = repositoryFilter(kind, query);
      const items = await withLatest(`SELECT * FROM repositories WHERE ${filter.sql} ORDER BY name LIMIT ? OFFSET ?`, [
        ...filter.values,
        count,
        start,
      ]);
      const total = await totalOf(database, "repositories", filter, { start, count, found: items.length });
      return { start, count: items.length, total, items };
    },

    async repositoriesNamed(kind, names) {
      const found: Repository[] = [];
      for (let from = 0; from < names.length; from += namesAtOnce) {
        const asked = names.slice(from, from + namesAtOnce);
        const values = Array.from({ length: namesAtOnce }, (_, index) => asked[index] ?? (asked[0] as string));
        found.push(...(await withLatest(`SELECT * FROM repositories WHERE kind = ? AND name IN (${placeholders})`, [kind, ...values])));
      }
      return found;
    },

    async deleteRepository(kind, name) {
      checkTag(name);
      return (await database.run("DELETE FROM repositories WHERE kind = ? AND name = ?", kind, name)) > 0;
    },
  };
}

function repositoryFilter(kind: ItemKind, { search = "" }: ListQuery): Condition {
  if (search === "") return { sql: "kind = ?", values: [kind] };
  const pattern = likePattern(search);
  return { sql: "kind = ? AND (name LIKE ? ESCAPE '!' OR LOWER(description) LIKE ? ESCAPE '!')", values: [kind, pattern, pattern] };
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
