import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditRecord, createAuditLog } from "../../src/audit/audit-log.js";
import { openSqlite } from "../../src/database/sqlite.js";
import { openRegistryTokens } from "../../src/registry-data.js";
import { type RegistryServer, serveRegistry, type ServeRegistryOptions } from "../../src/serve-registry.js";

/** A whole registry on a free port, over a folder that goes with it. */
export interface StartedRegistry extends AsyncDisposable {
  readonly url: string;
  readonly data: string;
  readonly server: RegistryServer;
  /** A token of each scope; each is named like it. */
  readonly tokens: Readonly<Record<"read" | "write" | "admin", string>>;
  /** Errors that went to the log. */
  readonly logged: readonly string[];
  /** How many rows a table has. */
  count(table: "pushes" | "versions"): Promise<number>;
  /** What was written down, newest first. */
  audit(): Promise<readonly AuditRecord[]>;
}

/** Starts one. */
export async function startRegistry(options: ServeRegistryOptions = {}): Promise<StartedRegistry> {
  const data = await mkdtemp(join(tmpdir(), "bento-registry-"));
  await using made = await openRegistryTokens({ data });
  const make = async (scope: "read" | "write" | "admin"): Promise<string> => (await made.create({ name: scope, scope })).token;
  const tokens = { read: await make("read"), write: await make("write"), admin: await make("admin") };
  const logged: string[] = [];
  const quiet = (): void => {};
  const logger = { info: quiet, warn: quiet, error: (_: object, message: string) => void logged.push(message) };
  const server = await serveRegistry({ data, port: 0, logger, ...options });
  return {
    url: server.url,
    data,
    server,
    tokens,
    logged,
    count: async (table) => {
      const database = await openSqlite(join(data, "registry.db"));
      try {
        return (await database.get<{ count: number }>(`SELECT COUNT(*) AS count FROM ${table}`))?.count ?? 0;
      } finally {
        await database.close();
      }
    },
    audit: async () => {
      const database = await openSqlite(join(data, "registry.db"));
      try {
        return (await createAuditLog(database).list()).items;
      } finally {
        await database.close();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await server.close(500);
      await rm(data, { recursive: true, force: true });
    },
  };
}
