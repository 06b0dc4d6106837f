/** What a placeholder `?` stands for. Yes and no are kept as 1 and 0, times as ISO 8601 in UTC. */
export type SqlValue = string | number | null;

/**
 * Statements in what SQLite and PostgreSQL both understand, with `?` for each value.
 * @throws BENTO_UNAVAILABLE where the database cannot be reached, or is busy for longer than its patience lasts; BENTO_STORE_FAILED where
 *   its disk refuses
 */
export interface Queries {
  /** All rows of a query. */
  all<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>;
  /** The first row of a query. */
  get<Row extends object>(sql: string, ...values: readonly SqlValue[]): Promise<Row | undefined>;
  /** A statement that changes rows; answers how many. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>;
}

/** Where a registry keeps what it knows: a file of SQLite, or a server of PostgreSQL. */
export interface Database extends Queries {
  readonly kind: "sqlite" | "postgres";
  /**
   * Does the work as if nobody else were at the database: all of it or, where it throws, nothing. Work that another's work got in the
   * way of is done again, so it does nothing but what it asks of `queries`, and it asks nothing of the database itself.
   */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>;
  /**
   * As `run`, for what is no loss where the machine loses its power in the next moment: it need not wait for the disk. A process
   * that is killed loses nothing of it.
   */
  runSoon(sql: string, ...values: readonly SqlValue[]): Promise<number>;
  /** Ends all connections. Nothing may be asked afterwards. */
  close(): Promise<void>;
}
