import type { Database } from "../database/database.js";
import type { CatalogContext } from "./context.js";

/**
 * Which of the servers over one database collects. Two at once would lose parts: one that the first has removed and forgotten may have
 * been pushed again when the second, which had condemned it as well, comes to remove it.
 */
export interface CollectionLease {
  /** Takes the lease for so long, unless another has it whose time is not over; answers whether it is this holder's now. */
  leaseCollection(holder: string, ms: number): Promise<boolean>;
  /** Keeps it for so long from now on; answers whether nobody took it over meanwhile. */
  renewCollection(holder: string, ms: number): Promise<boolean>;
  /** Lets the next one collect; does nothing where another has taken it over. */
  endCollection(holder: string): Promise<void>;
}

/** Milliseconds since 1970 by the database's own clock: those of the servers need not agree. */
const clocks: Readonly<Record<Database["kind"], string>> = {
  sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
  postgres: "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
};

const name = "collection";

/** Each of these is one statement, so that of any two servers one is first. */
export function collectionLease({ database }: CatalogContext): CollectionLease {
  const clock = clocks[database.kind];
  return {
    leaseCollection: async (holder, ms) =>
      (await database.run(
        `INSERT INTO leases (name, holder, ends_ms) VALUES (?, ?, ${clock} + CAST(? AS BIGINT))
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends_ms = excluded.ends_ms
           WHERE leases.holder = excluded.holder OR leases.ends_ms <= ${clock}`,
        name,
        holder,
        ms,
      )) > 0,

    // One whose time is over has it still, as long as nobody else wanted it.
    renewCollection: async (holder, ms) =>
      (await database.run(`UPDATE leases SET ends_ms = ${clock} + CAST(? AS BIGINT) WHERE name = ? AND holder = ?`, ms, name, holder)) > 0,

    async endCollection(holder) {
      await database.run("DELETE FROM leases WHERE name = ? AND holder = ?", name, holder);
    },
  };
}
