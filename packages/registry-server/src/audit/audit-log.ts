import type { ListQuery, Page } from "../catalog/catalog.js";
import type { Database } from "../database/database.js";
import { likePattern, window } from "../database/list-window.js";
import { newUid, timeText } from "../database/row-values.js";

/** What somebody did, or tried. */
export interface AuditEntry {
  /** What was done: `model.create`. */
  readonly action: string;
  /** What it was done to: the path. */
  readonly target: string;
  /** The token's id and name; undefined for nobody known. */
  readonly tokenId?: string | undefined;
  readonly caller?: string | undefined;
  readonly address: string;
  /** Of the answer: how it ended. */
  readonly status: number;
}

export interface AuditRecord extends AuditEntry {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface AuditQuery extends Omit<ListQuery, "search"> {
  /** Of this action alone. */
  readonly action?: string | undefined;
  /** Part of the target or of the caller's name. */
  readonly search?: string | undefined;
  /** Not before; ISO 8601. */
  readonly since?: string | undefined;
}

/** Who did what, when, from where, and how it ended. Nothing that was written can be changed. */
export interface AuditLog {
  record(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(query?: AuditQuery): Promise<Page<AuditRecord>>;
  /** Forgets what is older (ISO 8601); answers how many entries that were. */
  forget(before: string): Promise<number>;
}

interface AuditRow {
  readonly id: string;
  readonly happened_at: string;
  readonly token_id: string | null;
  readonly caller: string | null;
  readonly action: string;
  readonly target: string;
  readonly address: string;
  readonly status: number;
}

const longest = 1000;

/** The audit log of a database. */
export function createAuditLog(database: Database, now: () => number = Date.now): AuditLog {
  return {
    async record({ action, target, tokenId, caller, address, status }) {
      const at = now();
      await database.run(
        `INSERT INTO audit (id, happened_at, token_id, caller, action, target, address, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO NOTHING`,
        newUid(at),
        timeText(at),
        tokenId ?? null,
        caller ?? null,
        kept(action),
        kept(target),
        kept(address),
        status,
      );
    },

    async list(query = {}) {
      const { start, count } = window(query);
      const { sql, values } = filter(query);
      const rows = await database.all<AuditRow>(
        `SELECT * FROM audit WHERE ${sql} ORDER BY happened_at DESC, id DESC LIMIT ? OFFSET ?`,
        ...values,
        count,
        start,
      );
      const total = await database.get<{ total: number }>(`SELECT COUNT(*) AS total FROM audit WHERE ${sql}`, ...values);
      return { start, count: rows.length, total: total?.total ?? 0, items: rows.map(recordOf) };
    },

    forget: async (before) => await database.run("DELETE FROM audit WHERE happened_at < ?", before),
  };
}

/** Paths come from whoever calls: they may be long, and hold what no database keeps. */
function kept(text: string): string {
  return text.slice(0, longest).replaceAll("\0", "\u{fffd}");
}

function filter({ action, search, since }: AuditQuery): { readonly sql: string; readonly values: readonly string[] } {
  const pattern = search === undefined || search === "" ? undefined : likePattern(search);
  const conditions = [
    { sql: "happened_at >= ?", values: [since ?? ""] },
    ...(action === undefined ? [] : [{ sql: "action = ?", values: [action] }]),
    ...(pattern === undefined
      ? []
      : [{ sql: "(LOWER(target) LIKE ? ESCAPE '!' OR LOWER(COALESCE(caller, '')) LIKE ? ESCAPE '!')", values: [pattern, pattern] }]),
  ];
  return { sql: conditions.map(({ sql }) => sql).join(" AND "), values: conditions.flatMap(({ values }) => values) };
}

function recordOf(row: AuditRow): AuditRecord {
  return {
    id: row.id,
    at: row.happened_at,
    action: row.action,
    target: row.target,
    tokenId: row.token_id ?? undefined,
    caller: row.caller ?? undefined,
    address: row.address,
    status: row.status,
  };
}
