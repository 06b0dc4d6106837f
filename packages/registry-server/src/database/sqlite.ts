import { BentoError } from "@bento/core";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import Libsql from "libsql";
import type { Database, Queries, SqlValue } from "./database.js";
import { migrate } from "./migrations.js";
import { patiently } from "./patience.js";

/** Options of {@link openSqlite}. */
export interface SqliteOptions {
  /** How long another process may keep the file busy. */
  readonly patienceMs?: number | undefined;
}

/**
 * Opens a file of SQLite, made if it is not there, and brings its tables up to date. Several processes may have it open.
 * @throws BENTO_CONFIG_INVALID where the file is no database, or a newer version's; BENTO_STORE_FAILED where it cannot be opened
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<Database> {
  const database = await connect(path, options);
  try {
    await database.transaction((queries) => migrate(queries, "sqlite", path));
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function connect(path: string, { patienceMs = 30_000 }: SqliteOptions): Promise<SqliteDatabase> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const writer = new Connection(path);
    // A crash of the machine may take nothing that somebody was told is done: every commit reaches the disk.
    await patiently(busy(path, patienceMs), async () => writer.set("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"));
    const reader = new Connection(path);
    // Room for what ten thousand versions say of themselves: searches read all of it. In KiB, where it is negative.
    reader.set("query_only = ON", "cache_size = -32768");
    return new SqliteDatabase(path, writer, reader, patienceMs);
  } catch (error) {
    throw failure(error, path);
  }
}

/**
 * One connection writes, transaction after transaction; another reads meanwhile what was committed last. The library's calls block, so
 * waiting for another process's lock is done here, between calls, and never inside of one.
 */
class SqliteDatabase implements Database {
  readonly kind = "sqlite";
  readonly #path: string;
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #patienceMs: number;
  /** Settles when whoever writes now is done. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string, writer: Connection, reader: Connection, patienceMs: number) {
    this.#path = path;
    this.#writer = writer;
    this.#reader = reader;
    this.#patienceMs = patienceMs;
  }

  async all<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    try {
      return await this.#whenFree(() => this.#reader.all<Row>(sql, ...values));
    } catch (error) {
      throw failure(error, this.#path);
    }
  }

  async get<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.all<Row>(sql, ...values))[0];
  }

  async run(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    return await this.transaction((queries) => queries.run(sql, ...values));
  }

  /** Waiting for the disk holds up everybody, as the library's calls block. */
  async runSoon(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    return await this.#inTurn(async () => {
      this.#writer.set("synchronous = NORMAL");
      try {
        return await this.#alone((queries) => queries.run(sql, ...values));
      } finally {
        this.#writer.set("synchronous = FULL");
      }
    });
  }

  async transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    return await this.#inTurn(() => this.#alone(work));
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#reader.close();
    this.#writer.close();
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    try {
      return await mine;
    } catch (error) {
      throw failure(error, this.#path);
    }
  }

  async #alone<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    await this.#whenFree(async () => this.#writer.execute("BEGIN IMMEDIATE"));
    try {
      const result = await work(this.#writer);
      await this.#whenFree(async () => this.#writer.execute("COMMIT"));
      return result;
    } catch (error) {
      this.#writer.rollBack();
      throw error;
    }
  }

  async #whenFree<Result>(work: () => Promise<Result>): Promise<Result> {
    return await patiently(busy(this.#path, this.#patienceMs), work);
  }
}

/** Statements are kept once they were read: the same few come again and again. */
const keptStatements = 200;

class Connection implements Queries {
  readonly #library: Libsql.Database;
  #statements = new Map<string, Libsql.Statement>();

  constructor(path: string) {
    this.#library = new Libsql(path, { timeout: 0 });
  }

  set(...pragmas: readonly string[]): void {
    for (const pragma of pragmas) this.#library.pragma(pragma);
  }

  execute(sql: string): void {
    this.#library.exec(sql);
  }

  /** Some failures, such as a full disk, have ended the transaction already. */
  rollBack(): void {
    if (this.#library.inTransaction) this.#library.exec("ROLLBACK");
  }

  async all<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#statement(sql).all(values) as readonly Row[];
  }

  async get<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.all<Row>(sql, ...values))[0];
  }

  async run(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    return this.#statement(sql).run(values).changes;
  }

  close(): void {
    this.#statements.clear();
    this.#library.close();
  }

  #statement(sql: string): Libsql.Statement {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    if (this.#statements.size >= keptStatements) this.#statements = new Map();
    const statement = this.#library.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function busy(path: string, ms: number): Parameters<typeof patiently>[0] {
  return { ms, passes: isBusy, lost: (cause) => tooBusy(path, ms, cause) };
}

function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED");
}

function tooBusy(path: string, ms: number, cause: unknown): BentoError {
  return new BentoError("BENTO_UNAVAILABLE", `Another process kept the database ${JSON.stringify(path)} busy for ${ms} ms.`, {
    cause,
    hint: "Try again after a pause.",
    retryAfterMs: 1000,
  });
}

/** What the library throws, as ours; whatever else was thrown stays what it is. */
function failure(error: unknown, path: string): unknown {
  const code = codeOf(error);
  const quoted = JSON.stringify(path);
  if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT") {
    return new BentoError("BENTO_CONFIG_INVALID", `The file ${quoted} is no database of SQLite, or a damaged one.`, {
      cause: error,
      hint: "Name another file, or put a backup in its place.",
    });
  }
  const disk = ["SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM"].some((start) => code.startsWith(start));
  if (!disk && !isNoFile(error)) return error;
  return new BentoError("BENTO_STORE_FAILED", `The disk refused the database ${quoted}: ${(error as Error).message}`, {
    cause: error,
    hint: "Look at the free space and the permissions of its folder.",
  });
}

/** Opening and making folders fail with errors that have no code of SQLite's. */
function isNoFile(error: unknown): boolean {
  return error instanceof Error && (error.message.startsWith("ConnectionFailed") || "syscall" in error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
