import { BentoError } from "@bento/core";
import pg from "pg";
import type { Database, Queries, SqlValue } from "./database.js";
import { migrate } from "./migrations.js";
import { patiently, type Patience } from "./patience.js";
import { asBentoError, gotInTheWay, isAway, unreachable } from "./postgres-failures.js";

/** Options of {@link openPostgres}. */
export interface PostgresOptions {
  /** How long a server may be away before what is asked of it fails. */
  readonly patienceMs?: number | undefined;
  /** How long one statement may take. A minute. */
  readonly statementMs?: number | undefined;
  /** Connections at most. */
  readonly connections?: number | undefined;
}

/** A server that does not even say that a statement takes too long has gone silent: nobody waits for it forever. */
const silenceMs = 1000;
const connectMs = 5000;
/** Any number, the same in every registry: who holds this lock changes the tables. */
const migrationLock = 7_261_904_311;

/**
 * Connects to a server of PostgreSQL, and brings the tables up to date. A server that goes away is waited for: what was asked of it is
 * done again when it is back, so every statement is one that may be done twice.
 * @throws BENTO_CONFIG_INVALID where it refuses user or database; BENTO_UNAVAILABLE where it does not answer
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Database> {
  const database = new PostgresDatabase(url, options);
  try {
    await database.migrate();
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

class PostgresDatabase implements Database {
  readonly kind = "postgres";
  readonly #pool: pg.Pool;
  /** Without user and password. */
  readonly #where: string;
  readonly #patienceMs: number;

  constructor(url: string, { patienceMs = 10_000, statementMs = 60_000, connections = 10 }: PostgresOptions) {
    this.#where = whereabouts(url);
    this.#patienceMs = patienceMs;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: Math.min(connectMs, patienceMs),
      statement_timeout: statementMs,
      query_timeout: statementMs + silenceMs,
      idle_in_transaction_session_timeout: statementMs,
      keepAlive: true,
      application_name: "bento-registry",
      types: numbersForInt8(),
    });
    // A connection that nobody uses broke: the pool has dropped it, and the next one who needs one gets a new one.
    this.#pool.on("error", () => undefined);
    // Without a listener of its own, one that breaks between two statements, or before whoever asked for it has it, would end the
    // process. What it was asked for fails by itself, and the pool takes no broken one back.
    this.#pool.on("connect", (client) => void client.on("error", () => undefined));
  }

  async all<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    return await this.#patiently(isAway, (connection) => connection.all<Row>(sql, ...values));
  }

  async get<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.all<Row>(sql, ...values))[0];
  }

  async run(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    return await this.#patiently(isAway, (connection) => connection.run(sql, ...values));
  }

  /** To tell PostgreSQL that there is no hurry takes as long as to wait for its disk, and nobody else waits for that. */
  async runSoon(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    return await this.run(sql, ...values);
  }

  async transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    return await this.#patiently(
      (error) => isAway(error) || gotInTheWay(error),
      (connection) => connection.alone("BEGIN ISOLATION LEVEL SERIALIZABLE", work),
    );
  }

  /** Each statement sees what was committed before it, so that whoever waited for the lock sees what was done meanwhile. */
  async migrate(): Promise<void> {
    await this.#patiently(isAway, (connection) =>
      connection.alone("BEGIN ISOLATION LEVEL READ COMMITTED", async (queries) => {
        await queries.all("SELECT pg_advisory_xact_lock(?)", migrationLock);
        await migrate(queries, "postgres", this.#where);
      }),
    );
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #patiently<Result>(passes: Patience["passes"], work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const patience: Patience = { ms: this.#patienceMs, passes, lost: (cause) => unreachable(this.#where, this.#patienceMs, cause) };
    try {
      return await patiently(patience, () => this.#withConnection(work));
    } catch (error) {
      throw asBentoError(error, this.#where);
    }
  }

  async #withConnection<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    let broken = false;
    try {
      return await work(new Connection(client));
    } catch (error) {
      // Whoever is next must not go on in a transaction that nobody ended.
      broken = isAway(error);
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

class Connection implements Queries {
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async all<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    return (await this.#client.query<Row>(numbered(sql), [...values])).rows;
  }

  async get<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.all<Row>(sql, ...values))[0];
  }

  async run(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    return (await this.#client.query(numbered(sql), [...values])).rowCount ?? 0;
  }

  async alone<Result>(begin: string, work: (queries: Queries) => Promise<Result>): Promise<Result> {
    await this.#client.query(begin);
    try {
      const result = await work(this);
      await this.#client.query("COMMIT");
      return result;
    } catch (error) {
      // A connection that is gone has taken its transaction with it.
      if (!isAway(error)) await this.#client.query("ROLLBACK");
      throw error;
    }
  }
}

/** `?` as PostgreSQL writes it. No statement of ours has a question mark in a literal. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll("?", () => `$${++count}`);
}

/** Counts and sizes are below 2^53, so they are numbers here as in SQLite. */
function numbersForInt8(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  return types;
}

function whereabouts(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `postgres://${host}${pathname}`;
  } catch (error) {
    throw new BentoError("BENTO_CONFIG_INVALID", "The URL of the database cannot be read.", {
      cause: error,
      hint: "Write postgres://user:password@host:5432/name, with %-escapes for what is special in a password.",
    });
  }
}
