import { BentoError } from "@bento/core";
import { fileURLToPath } from "node:url";
import type { Database } from "./database.js";

/**
 * Opens what a registry keeps its knowledge in, and brings its tables up to date.
 * @param location `postgres://user:password@host/name`, `file:///folder/registry.db`, or the path of a file
 * @throws BENTO_CONFIG_INVALID for any other URL, what is no database, or refuses the user; BENTO_UNAVAILABLE where nobody answers
 */
export async function openDatabase(location: string): Promise<Database> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(location)?.[1]?.toLowerCase();
  if (scheme === "postgres" || scheme === "postgresql") {
    const { openPostgres } = await import("./postgres.js");
    return await openPostgres(location);
  }
  if (scheme !== undefined && scheme !== "file") {
    // The rest of the URL may hold a password.
    throw new BentoError(
      "BENTO_CONFIG_INVALID",
      `A registry cannot keep its database at a URL that begins with ${JSON.stringify(`${scheme}:`)}.`,
      {
        hint: "Give postgres://..., or the path of a file for SQLite.",
      },
    );
  }
  const { openSqlite } = await import("./sqlite.js");
  return await openSqlite(scheme === "file" ? fileURLToPath(location) : location);
}
