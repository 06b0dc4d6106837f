import type { Database } from "../database/database.js";
import type { Quotas } from "../limits/quotas.js";
import type { Catalog } from "./catalog.js";
import { partCollection } from "./collection.js";
import { collectionLease } from "./collection-lease.js";
import type { CatalogContext } from "./context.js";
import { partCatalog } from "./parts.js";
import { pushCatalog } from "./pushes.js";
import { repositoryCatalog } from "./repositories.js";
import { versionCatalog } from "./versions.js";

/** Options of {@link createCatalog}. */
export interface CatalogOptions {
  readonly quotas?: Quotas | undefined;
  /** How long a push lives of which nothing is heard. A day. */
  readonly pushTtlMs?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

const dayMs = 24 * 60 * 60 * 1000;

/** The catalog of a database. Several may stand over the same one, in as many processes. */
export function createCatalog(database: Database, { quotas = {}, pushTtlMs = dayMs, now = Date.now }: CatalogOptions = {}): Catalog {
  const context: CatalogContext = { database, quotas, pushTtlMs, now };
  return {
    ...repositoryCatalog(context),
    ...versionCatalog(context),
    ...pushCatalog(context),
    ...partCatalog(context),
    ...partCollection(context),
    ...collectionLease(context),
  };
}
