import { BentoError } from "@bento/core";
import type { Database } from "../database/database.js";
import { newSecret, readSecret, sameHash } from "./secrets.js";
import type { NewToken, TokenInfo, Tokens, Scope } from "./tokens.js";
import { likePattern, window } from "../database/list-window.js";
import { timeText } from "../database/row-values.js";

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly secret_hash: string;
  readonly scope: Scope;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
}

/** When a token was used last is written at most so often. */
const usedEveryMs = 60_000;
const isValid = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)";
/** For a token that is not there, so that finding none takes as long as finding one. */
const nobody = newSecret().hash;

/** The tokens of a database. */
export function createTokens(database: Database, now: () => number = Date.now): Tokens {
  const infoOf = (row: TokenRow): TokenInfo => ({
    id: row.id,
    name: row.name,
    description: row.description,
    scope: row.scope,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
    valid: isValidRow(row),
  });

  function isValidRow({ revoked_at: revokedAt, expires_at: expiresAt }: TokenRow): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > timeText(now()));
  }

  return {
    async create(input) {
      const { name, scope, description, expiresAt } = checked(input, now());
      const secret = newSecret();
      const row: TokenRow = {
        id: secret.id,
        name,
        description,
        secret_hash: secret.hash,
        scope,
        created_at: timeText(now()),
        expires_at: expiresAt,
        revoked_at: null,
        last_used_at: null,
      };
      await database.transaction(async (queries) => {
        const other = await queries.get<TokenRow>(`SELECT * FROM tokens WHERE name = ? AND ${isValid}`, name, timeText(now()));
        if (other !== undefined && other.id !== row.id) throw nameTaken(name);
        await queries.run(
          `INSERT INTO tokens (id, name, description, secret_hash, scope, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO NOTHING`,
          row.id,
          row.name,
          row.description,
          row.secret_hash,
          row.scope,
          row.created_at,
          row.expires_at,
        );
      });
      return { token: secret.token, info: infoOf(row) };
    },

    async list(query = {}) {
      const { start, count } = window(query);
      const pattern = likePattern(query.search ?? "");
      const filter = `LOWER(name) LIKE ? ESCAPE '!'${query.invalid === true ? "" : ` AND ${isValid}`}`;
      const values = query.invalid === true ? [pattern] : [pattern, timeText(now())];
      const rows = await database.all<TokenRow>(
        `SELECT * FROM tokens WHERE ${filter} ORDER BY created_at DESC, id LIMIT ? OFFSET ?`,
        ...values,
        count,
        start,
      );
      const total = await database.get<{ total: number }>(`SELECT COUNT(*) AS total FROM tokens WHERE ${filter}`, ...values);
      return { start, count: rows.length, total: total?.total ?? 0, items: rows.map(infoOf) };
    },

    async get(id) {
      const row = await database.get<TokenRow>("SELECT * FROM tokens WHERE id = ?", id);
      return row && infoOf(row);
    },

    async revoke(idOrName) {
      const at = timeText(now());
      return (
        (await database.run(`UPDATE tokens SET revoked_at = ? WHERE (id = ? OR name = ?) AND ${isValid}`, at, idOrName, idOrName, at)) > 0
      );
    },

    async verify(token) {
      const secret = readSecret(token);
      if (secret === undefined) return undefined;
      const row = await database.get<TokenRow>("SELECT * FROM tokens WHERE id = ?", secret.id);
      const same = sameHash(secret.hash, row?.secret_hash ?? nobody);
      if (row === undefined || !same || !isValidRow(row)) return undefined;
      const at = now();
      if (row.last_used_at === null || row.last_used_at < timeText(at - usedEveryMs)) {
        await database.run("UPDATE tokens SET last_used_at = ? WHERE id = ?", timeText(at), row.id);
      }
      return { tokenId: row.id, name: row.name, scope: row.scope };
    },
  };
}

/** Later times are longer texts, which would not sort. */
const lastMs = Date.UTC(10_000, 0);
const scopes: readonly string[] = ["read", "write", "admin"] satisfies readonly Scope[];
// Control characters would let a name pretend to be something else in a list or a log.
const namePattern = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]{1,100}$/u;

function checked(
  { name, scope, description = "", expiresAt }: NewToken,
  now: number,
): Required<Omit<NewToken, "expiresAt">> & {
  readonly description: string;
  readonly expiresAt: string | null;
} {
  if (!namePattern.test(name) || name.trim() !== name) {
    throw refused(
      `The name ${JSON.stringify(name.slice(0, 200))} cannot be a token's.`,
      "Give 1 to 100 characters that can be seen, on one line.",
    );
  }
  if (!scopes.includes(scope)) {
    throw refused(`The scope ${JSON.stringify(scope)} is none.`, "Give read, write or admin; each includes those before it.");
  }
  if (description.length > 1000 || description.includes("\0")) {
    throw refused(`The description ${JSON.stringify(description.slice(0, 50))}... cannot be a token's.`, "Give at most 1000 characters.");
  }
  if (expiresAt === undefined) return { name, scope, description, expiresAt: null };
  const end = Date.parse(expiresAt);
  if (!(end > now && end < lastMs)) {
    throw refused(
      `The token would end at ${JSON.stringify(expiresAt.slice(0, 100))}, which is no time to come.`,
      "Write 2027-01-31T00:00:00Z, or none.",
    );
  }
  return { name, scope, description, expiresAt: timeText(end) };
}

function refused(message: string, hint: string): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", message, { hint });
}

function nameTaken(name: string): BentoError {
  return new BentoError("BENTO_CONFLICT", `A valid token is called ${JSON.stringify(name)} already.`, {
    hint: "Revoke it first, or choose another name.",
  });
}
